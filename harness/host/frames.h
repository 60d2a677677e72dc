#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "harness/contract/frames.h"
#include "harness/host/defects.h"
#include "postern/contract/numbers.h"

// The frames between host and module, as docs/ABI.md has them, read and written a second time: what
// the harness does here has the words of contract/contract.mjs in common with the core, and no code
// but the reader of integers.

namespace postern::harness {

using contract::abi_version;

enum class Transport : std::uint8_t { plain, https };
enum class BodySize : std::uint8_t { within_limit, over_limit };

/// A delivery as a host hands it to the module. Headers as received; `encode_begin` folds them.
struct Delivery {
  std::string method = "POST";
  std::string path;
  std::string query;  // Without the question mark.
  Transport transport = Transport::https;
  std::string client_address;
  std::vector<Header> headers;
  std::string body;
};

/// `fold_headers` gives each name once and in lower case, its values trimmed and joined by ", ",
/// sorted by name.
[[nodiscard]] std::vector<Header> fold_headers(const std::vector<Header>& headers);

using contract::EffectKind;
using contract::Keep;
using contract::LedgerAnswer;
using contract::no_key;

/// `claim`, `commit` and `release`.
struct LedgerOperation {
  std::string shard;
  std::string key;
  std::uint32_t wait_ms = 0;  // Claim only.
  std::string operation;
  /// Of a claim: asked where the answer is that the event stands elsewhere. Without a ticket.
  std::optional<RowEntry> copy;
};

/// What an acceptance asks of an entry's own row.
[[nodiscard]] inline RowEntry row_of(const AcceptEntry& entry) {
  return {.key = entry.key, .ticket = entry.ticket, .operation = entry.operation};
}

using Effect = EffectWith<LedgerOperation>;

struct Step {
  EffectKind kind = EffectKind::finish;
  bool wants_body = false;
  std::string ticket;
  Effect effect;
};

/// `is_done_at_once` says whether a host here goes on without doing anything: bodies are at hand,
/// and nobody reads what is only shown to somebody. An answer has somebody who waits for it.
[[nodiscard]] constexpr bool is_done_at_once(EffectKind kind) {
  return contract::is_only_acknowledged(kind) && kind != EffectKind::answer;
}

/// `decode_step` reads a step. Throws `MalformedAnswer`.
[[nodiscard]] Step decode_step(std::string_view frame);

/// What the module says of a policy.
using Configured = frame::Configuration;

[[nodiscard]] std::string encode_configure(std::string_view policy,
                                           const std::vector<std::string>& settings);
/// Throws `MalformedAnswer`.
[[nodiscard]] Configured decode_configured(std::string_view frame);

/// `setting_names` reads the head of a policy file. Throws `MalformedAnswer`.
[[nodiscard]] std::vector<std::string> setting_names(std::string_view policy);

struct Begin {
  std::uint64_t now_ms = 0;
  std::string token;  // 16 bytes.
  const Delivery& delivery;
  BodySize body_size = BodySize::within_limit;
  std::uint64_t body_bytes = 0;
  /// Nothing: the module asks for the body when it needs it.
  std::optional<std::string_view> body;
};
[[nodiscard]] std::string encode_begin(const Begin& begin);

/// Outcome payloads, one per effect.
[[nodiscard]] std::string mac_unavailable();
[[nodiscard]] std::string mac_done(const std::vector<std::string>& results);
using contract::Checked;
[[nodiscard]] std::string signatures_checked(const std::vector<Checked>& results);
[[nodiscard]] std::string key_fetched(const std::optional<std::string>& bytes);
using contract::Limited;
[[nodiscard]] std::string limited(Limited result);
enum class Enqueued : std::uint8_t { failed = 0, done = 1 };
[[nodiscard]] std::string enqueued(Enqueued result);
/// Nothing: the ledger was unavailable.
[[nodiscard]] std::string ledger_replied(const std::optional<std::string>& reply);

using ForwardOutcome = frame::Forwarded::Kind;
struct OriginResponse {
  std::uint16_t status = 200;
  std::vector<Header> headers;
  std::string body;
};
[[nodiscard]] std::string origin_responded(const OriginResponse& response);
[[nodiscard]] std::string origin_failed(ForwardOutcome outcome);

struct Resume {
  std::uint64_t now_ms = 0;
  std::string_view ticket;
  std::optional<std::string_view> body;
  EffectKind answered = EffectKind::answer;
  std::string_view outcome;
};
[[nodiscard]] std::string encode_resume(const Resume& resume);

using frame::LedgerCall;
using frame::LedgerResult;
[[nodiscard]] std::string encode_ledger(const LedgerCall& call);
/// Throws `MalformedAnswer`.
[[nodiscard]] LedgerResult decode_ledger(std::string_view frame);

}  // namespace postern::harness
