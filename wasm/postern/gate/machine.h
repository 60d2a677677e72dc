#pragma once

#include <algorithm>
#include <cstddef>

#include "postern/base/arena.h"
#include "postern/base/bytes.h"
#include "postern/gate/call.h"
#include "postern/gate/ticket.h"
#include "postern/policy/policy.h"

namespace postern::gate {

/// Largest frame that a host may hand in: the largest body a policy may allow, and with it a
/// ticket, headers, or an outcome.
inline constexpr std::size_t frame_bytes_max =
    static_cast<std::size_t>(policy::body_bytes_limit) + (std::size_t{1} << 20);

/// Largest frame that is given back: a ticket, and an effect with an answer of the origin in it, or
/// with stored tickets.
inline constexpr std::size_t output_bytes_max = std::size_t{256} << 10;

/// The step that asks for acceptance carries two stored tickets for each destination besides its
/// own.
static_assert((2 * policy::destinations_max + 1) * (ticket_bytes_max + 256) <= output_bytes_max);

/// Most that a configuration takes: the frame with the largest policy and all that a host's
/// environment holds, decoded. Half of it is pointers, so a 64-bit machine takes twice as much.
inline constexpr std::size_t config_bytes_max = (std::size_t{9} << 19) * sizeof(void*) / 4;

/// `config_storage_bytes` sizes the storage for the configuration of a frame of that length. The
/// fixed part is for what short frames can ask for: every source reads every secret by every rule.
[[nodiscard]] constexpr std::size_t config_storage_bytes(std::size_t frame_bytes) {
  return frame_bytes < config_bytes_max / 16
             ? std::min(config_bytes_max, (std::size_t{2} << 20) + 16 * frame_bytes)
             : config_bytes_max;
}

/// Most contents that one call composes: every signature rule with both spellings of the URL, and
/// every part of an identity.
inline constexpr std::size_t contents_max =
    2 * scheme::signature_rules_max + scheme::identity_parts_max;

/// What one call takes whatever its frame: composed contents (each with 10 KiB of lists), and
/// lists, query parameters and header values, whose numbers all have limits.
inline constexpr std::size_t call_base_bytes =
    contents_max * (scheme::literal_bytes_max + (std::size_t{10} << 10)) + (std::size_t{640} << 10);

/// Most text that is unescaped out of JSON in one call: no policy names a thousand places in it,
/// and none of them gives more than `scheme::located_text_bytes_max`.
inline constexpr std::size_t unescaped_bytes_max = 1000 * scheme::located_text_bytes_max;

/// `call_storage_bytes` sizes the storage for all that one call needs besides its frame: a form is
/// decoded once, in no more bytes than it came in, and what is unescaped was longer before.
[[nodiscard]] constexpr std::size_t call_storage_bytes(std::size_t frame_bytes) {
  return call_base_bytes + frame_bytes + std::min(2 * frame_bytes, unescaped_bytes_max);
}

/// The gate behind the module's exports: frames in, frames out (docs/ABI.md). It keeps the policy
/// and the decoded keys, nothing of any delivery. An empty answer means that the frame was
/// malformed.
class Machine {
 public:
  /// `storage` and `output` must outlive the machine; `storage` is as large as
  /// `config_storage_bytes` says for the frames that `configure` will get.
  Machine(MutableBytes storage, MutableBytes output) : config_(storage), output_(output) {}

  /// `configure` replaces the policy and the keys. On an empty answer the machine has none. Answers
  /// in its own storage, until the next call. A source whose keys the storage has no room for is
  /// one whose secret is not usable: it answers 503, the others work.
  [[nodiscard]] Bytes configure(Bytes frame);

  /// `begin` and `resume` take a delivery as far as it goes without the host. `storage` is for this
  /// call only. Without a policy every frame is malformed.
  [[nodiscard]] Bytes begin(Bytes frame, MutableBytes storage);
  [[nodiscard]] Bytes resume(Bytes frame, MutableBytes storage);

  /// What the configuration takes of its storage, from the start.
  [[nodiscard]] std::size_t config_bytes_used() const { return config_bytes_used_; }

 private:
  Arena config_;
  std::size_t config_bytes_used_ = 0;
  MutableBytes output_;
  policy::Policy policy_;
  Configuration configuration_;
  bool is_configured_ = false;
};

/// `ledger_call` applies one ledger operation to one row. It needs no policy.
[[nodiscard]] Bytes ledger_call(Bytes frame, MutableBytes output);

}  // namespace postern::gate
