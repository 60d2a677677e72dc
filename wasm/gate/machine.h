#pragma once

#include <cstddef>

#include "base/arena.h"
#include "base/bytes.h"
#include "gate/turn.h"
#include "policy/policy.h"

namespace postern::gate {

/// Largest frame that a host may hand in: the largest body a policy may allow, and its headers.
inline constexpr std::size_t frame_bytes_max = std::size_t{32} << 20;

/// Largest frame that is given back: a ticket, and an effect with an answer of the origin in it.
inline constexpr std::size_t output_bytes_max = std::size_t{192} << 10;

/// `config_storage_bytes` and `call_storage_bytes` size the storage for a frame of that length:
/// decoded policy and keys, and everything that one call needs besides its frame.
[[nodiscard]] constexpr std::size_t config_storage_bytes(std::size_t frame_bytes) {
  return (std::size_t{256} << 10) + 16 * frame_bytes;
}
[[nodiscard]] constexpr std::size_t call_storage_bytes(std::size_t frame_bytes) {
  return (std::size_t{256} << 10) + 2 * frame_bytes;
}

/// The gate behind the module's exports: frames in, frames out (docs/ABI.md). It keeps the policy
/// and the decoded keys, nothing of any delivery. An empty answer means that the frame was
/// malformed.
class Machine {
 public:
  /// `storage` and `output` must outlive the machine; `storage` is as large as
  /// `config_storage_bytes` says for the frames that `configure` will get.
  Machine(MutableBytes storage, MutableBytes output) : config_(storage), output_(output) {}

  /// `configure` replaces the policy and the keys. On an empty answer the machine has none.
  [[nodiscard]] Bytes configure(Bytes frame);

  /// `begin` and `resume` take a delivery as far as it goes without the host. `storage` is for this
  /// call only. Without a policy every frame is malformed.
  [[nodiscard]] Bytes begin(Bytes frame, MutableBytes storage);
  [[nodiscard]] Bytes resume(Bytes frame, MutableBytes storage);

  /// What the configuration takes of its storage, from the start.
  [[nodiscard]] std::size_t config_bytes_used() const { return config_.bytes_used(); }

 private:
  Arena config_;
  MutableBytes output_;
  policy::Policy policy_;
  Configuration configuration_;
  bool is_configured_ = false;
};

/// `ledger_call` applies one ledger operation to one row. It needs no policy.
[[nodiscard]] Bytes ledger_call(Bytes frame, MutableBytes output);

}  // namespace postern::gate
