#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

// The frames between host and module, as docs/ABI.md has them, written a second time: what the
// harness reads and writes here shares no code with the core but the reader of integers.

namespace postern::harness {

inline constexpr std::uint8_t abi_version = 1;

/// The module gave a frame that its ABI does not allow: a defect of ours.
class MalformedAnswer : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct Header {
  std::string name;
  std::string value;
  bool operator==(const Header&) const = default;
};

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

enum class EffectKind : std::uint8_t {
  supply_body = 1,
  mac = 2,
  check_signature = 3,
  fetch_key = 4,
  limit = 5,
  claim = 6,
  accept = 7,
  commit = 8,
  release = 9,
  forward = 10,
  answer = 11,
  finish = 12,
  retry_later = 13,
  dead_letter = 14,
  enqueue = 15,
};

/// A piece of a message: bytes, or the delivery's body.
struct MessagePart {
  bool is_body = false;
  std::string bytes;
  bool operator==(const MessagePart&) const = default;
};

struct MacRequest {
  static constexpr std::uint16_t no_key = 0xFFFF;  // A plain digest.
  std::uint8_t hash = 0;
  std::uint16_t key = no_key;  // Place in `Configured::keys`.
  std::vector<MessagePart> parts;
};

struct SignatureCheck {
  std::uint8_t algorithm = 0;
  std::uint8_t key_format = 0;
  std::string key;
  std::string signature;
  std::vector<MessagePart> parts;
};

struct SupplyBody {};
struct Mac {
  std::vector<MacRequest> requests;
};
struct CheckSignature {
  std::vector<SignatureCheck> checks;
};
struct FetchKey {
  std::string url;
  std::uint32_t bytes_max = 0;
  std::uint32_t cache_seconds = 0;
  std::string source;
  std::uint16_t fetches_per_minute = 0;
};
struct Limit {
  std::string bucket;
  std::uint32_t requests = 0;
  std::uint32_t period_seconds = 0;
};
/// What is asked of one row; `ticket` of an acceptance only. The operation is the module's own and
/// passed through.
struct RowQuestion {
  std::string key;
  std::string ticket;
  std::string operation;
};
/// `claim`, `commit` and `release`.
struct LedgerOperation {
  std::string shard;
  std::string key;
  std::uint32_t wait_ms = 0;  // Claim only.
  std::string operation;
  /// Of a claim: asked where the answer is that the event stands elsewhere.
  std::optional<RowQuestion> copy;
};
struct Accept {
  struct Entry : RowQuestion {
    std::optional<RowQuestion> copy;
  };
  std::string shard;
  std::vector<Entry> entries;
};
struct Forward {
  std::string method;
  std::string url;
  std::vector<Header> headers;
  std::uint32_t timeout_ms = 0;
  std::uint32_t answer_bytes_max = 0;
};
struct Answer {
  bool is_final = true;
  std::uint16_t status = 0;
  std::vector<Header> headers;
  std::string body;
  std::string record;
};
struct Finish {
  std::string record;
};
struct RetryLater {
  std::uint32_t delay_ms = 0;
  std::string record;
};
struct DeadLetter {
  std::string record;
};
/// References to what a store has accepted, a message for each key; or, without keys, one message
/// with the stored ticket and the body.
struct Enqueue {
  std::string shard;
  std::vector<std::string> keys;
  std::string ticket;
};

using Effect = std::variant<SupplyBody, Mac, CheckSignature, FetchKey, Limit, LedgerOperation,
                            Accept, Forward, Answer, Finish, RetryLater, DeadLetter, Enqueue>;

struct Step {
  EffectKind kind = EffectKind::finish;
  bool wants_body = false;
  std::string ticket;
  Effect effect;
};

/// `decode_step` reads a step. Throws `MalformedAnswer`.
[[nodiscard]] Step decode_step(std::string_view frame);

/// What the module says of a policy.
struct Configured {
  struct Path {
    std::string path;
    std::uint64_t body_bytes_max = 0;
  };
  struct Key {
    std::uint8_t hash = 0;
    std::string bytes;
  };
  struct Problem {
    std::string source;
    std::uint8_t problem = 0;
  };
  std::uint32_t mac_inline_bytes_max = 0;
  std::vector<Path> paths;
  std::vector<Key> keys;
  std::vector<Problem> problems;
};

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
enum class Checked : std::uint8_t { unavailable = 0, valid = 1, invalid = 2 };
[[nodiscard]] std::string signatures_checked(const std::vector<Checked>& results);
[[nodiscard]] std::string key_fetched(const std::optional<std::string>& bytes);
enum class Limited : std::uint8_t { unavailable = 0, allowed = 1, denied = 2 };
[[nodiscard]] std::string limited(Limited result);
enum class Enqueued : std::uint8_t { failed = 0, done = 1 };
[[nodiscard]] std::string enqueued(Enqueued result);
/// Nothing: the ledger was unavailable.
[[nodiscard]] std::string ledger_replied(const std::optional<std::string>& reply);

enum class ForwardOutcome : std::uint8_t { response = 1, refused = 2, timed_out = 3, reset = 4 };
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

struct LedgerCall {
  std::uint64_t now_ms = 0;
  std::uint64_t started_ms = 0;
  std::string_view row;
  std::string_view operation;
};
struct LedgerResult {
  std::uint8_t keep = 0;
  std::uint64_t expires_ms = 0;
  std::uint64_t due_ms = 0;
  std::string row;
  std::uint8_t answer = 0;
  std::uint64_t wait_ms = 0;
  std::string reply;
};
[[nodiscard]] std::string encode_ledger(const LedgerCall& call);
/// Throws `MalformedAnswer`.
[[nodiscard]] LedgerResult decode_ledger(std::string_view frame);

}  // namespace postern::harness
