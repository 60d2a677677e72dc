#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "harness/engine/engine.h"
#include "harness/host/frames.h"
#include "harness/host/ledger_step.h"

namespace postern::harness {

/// How long after its time a delivery that nobody drives is taken to have lost its message, and how
/// long it then waits for the fresh one to do something. As the ledger's object at the edge.
inline constexpr std::uint64_t overdue_ms = 60'000;
inline constexpr std::uint64_t resend_ms = std::uint64_t{15} * 60 * 1000;

/// What stands behind a row: shard and key.
struct LedgerPlace {
  std::string shard;
  std::string key;
  auto operator<=>(const LedgerPlace&) const = default;
};

struct HashOfPlace {
  /// Keys are digests: few of them are in more than one shard.
  std::size_t operator()(const LedgerPlace& place) const {
    return std::hash<std::string>()(place.key);
  }
};

/// A ledger store in memory: opaque rows by shard and key, the rules behind `Engine::ledger`, and
/// an outbox for what was accepted. It loses nothing while it lives, so it has no start time.
/// Expired rows stay: the rules know them. A call keeps all that it makes of rows or, where it
/// throws `MalformedAnswer`, nothing. tests/store/contract holds it to what other ledgers do.
class MemoryLedger {
 public:
  /// What drives an accepted delivery on. Deliveries that were accepted together share their body.
  struct Parcel {
    std::string ticket;
    std::shared_ptr<const std::string> body;
    /// When somebody has to drive it if nobody has; 0: it was given up.
    std::uint64_t drive_ms = 0;
  };

  struct Counts {
    std::size_t owed = 0;
    std::size_t dead = 0;
    std::size_t accepted = 0;  // In all, also what is done by now.
  };

  /// `apply` is the store's one atomic read-modify-write: of the row, and where its event stands
  /// elsewhere of the copy's own. Borrows `engine` for the call.
  [[nodiscard]] LedgerResult apply(Engine& engine, const LedgerOperation& operation,
                                   std::uint64_t now_ms);

  /// `accept` takes the delivery in for all keys if the first one is accepted, else for none. Gives
  /// what came of the first.
  [[nodiscard]] LedgerResult accept(Engine& engine, const Accept& accept, const std::string& body,
                                    std::uint64_t now_ms);

  /// `row` is what is kept under a key, empty for nothing.
  [[nodiscard]] std::string row(const LedgerPlace& place) const;

  /// Null for what is neither owed nor dead.
  [[nodiscard]] const Parcel* find_parcel(const LedgerPlace& place) const;

  /// When the sweep finds the next delivery that has lost its message.
  [[nodiscard]] std::optional<std::uint64_t> next_sweep_ms() const;

  /// `sweep` gives what is overdue at `now_ms`, each once: it needs a fresh message.
  [[nodiscard]] std::vector<LedgerPlace> sweep(std::uint64_t now_ms);

  [[nodiscard]] Counts counts() const;
  [[nodiscard]] std::size_t rows() const { return rows_.size(); }

 private:
  [[nodiscard]] LedgerResult judge(Engine& engine, const LedgerQuestion<LedgerPlace>& question);
  void keep(const LedgerStep<LedgerPlace>& step, const std::string& body);
  void follow(const LedgerPlace& place, const LedgerResult& result);

  std::unordered_map<LedgerPlace, std::string, HashOfPlace> rows_;
  std::map<LedgerPlace, Parcel> outbox_;
  std::size_t accepted_ = 0;
  std::uint64_t now_ms_ = 0;  // Never goes back.
};

}  // namespace postern::harness
