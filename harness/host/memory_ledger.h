#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "harness/engine/engine.h"
#include "harness/host/frames.h"

namespace postern::harness {

/// A ledger store in memory: opaque rows by shard and key, the rules behind `Engine::ledger`. It
/// loses nothing while it lives, so it has no start time. Expired rows stay: the rules know them.
class MemoryLedger {
 public:
  /// `apply` is the store's one atomic read-modify-write. Borrows `engine` for the call.
  [[nodiscard]] LedgerResult apply(Engine& engine, const LedgerOperation& operation,
                                   std::uint64_t now_ms);

  [[nodiscard]] std::size_t rows() const { return rows_.size(); }

 private:
  std::map<std::string, std::string> rows_;
  std::uint64_t now_ms_ = 0;  // Never goes back.
};

}  // namespace postern::harness
