#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "harness/engine/engine.h"
#include "harness/host/frames.h"
#include "harness/host/ledger_step.h"

namespace postern::harness::simulate {

/// A clock that may be wrong: ahead, behind, or standing still.
class SkewedClock {
 public:
  [[nodiscard]] std::uint64_t at(std::uint64_t true_ms) const {
    return is_frozen_ ? frozen_at_ms_ : true_ms + static_cast<std::uint64_t>(offset_ms_);
  }
  void step(std::int64_t by_ms) { offset_ms_ += by_ms; }
  void freeze(std::uint64_t true_ms) {
    frozen_at_ms_ = at(true_ms);
    is_frozen_ = true;
  }
  void thaw() { is_frozen_ = false; }
  void correct() {
    offset_ms_ = 0;
    is_frozen_ = false;
  }
  [[nodiscard]] std::int64_t offset_ms() const { return offset_ms_; }

 private:
  std::int64_t offset_ms_ = 0;
  std::uint64_t frozen_at_ms_ = 0;
  bool is_frozen_ = false;
};

/// The store as docs/DUPLICATES.md wants it and the Durable Object does it: opaque rows, on disk
/// or, while leases come thick, in memory, where a restart loses them. Rows are found by a small
/// number in place of their key. tests/store/contract holds it to what other ledgers do.
class Store {
 public:
  /// More leases than `quiet_leases_max` within ten seconds stay in memory.
  Store(std::uint16_t quiet_leases_max, std::uint64_t now_ms);

  using Question = LedgerQuestion<std::uint16_t>;
  using Entry = LedgerEntry<std::uint16_t>;
  using Step = LedgerStep<std::uint16_t>;

  /// `apply` is the one atomic read-modify-write: of the row, and where its event stands elsewhere
  /// of the copy's own. Throws `MalformedAnswer`, and has kept nothing then.
  [[nodiscard]] Step apply(Engine& engine, const Entry& entry, std::uint64_t clock_ms);

  /// `accept` takes a delivery in for all entries if the first one is accepted, else for none.
  /// Throws as `apply`.
  [[nodiscard]] Step accept(Engine& engine, const std::vector<Entry>& entries,
                            std::uint16_t delivery, std::uint64_t clock_ms);

  /// `row` is what the store has under a key, empty for nothing.
  [[nodiscard]] std::string row(std::uint16_t place) const;

  /// What drives an accepted delivery on.
  struct Parcel {
    std::string ticket;
    std::uint16_t delivery = 0;  // The one that was accepted.
    std::uint64_t drive_ms = 0;  // When somebody has to, if nobody has; 0: it was given up.
    bool is_here = false;
  };
  [[nodiscard]] const Parcel* find_parcel(std::uint16_t place) const;

  /// When the first parcel has to be driven if nobody has; 0: none.
  [[nodiscard]] std::uint64_t next_drive_ms() const;

  /// `sweep` gives the places that have been overdue for a minute, each once in a quarter of an
  /// hour: their messages are lost.
  [[nodiscard]] std::vector<std::uint16_t> sweep(std::uint64_t clock_ms);
  static constexpr std::uint64_t overdue_ms = 60'000;

  /// What a restart did to the leases of before.
  enum class Restart : std::uint8_t { kept_leases, lost_leases };

  /// `restart` loses what is in memory.
  Restart restart(std::uint64_t clock_ms);

  /// The store's time: never behind what it has seen since its start, nor behind that start.
  [[nodiscard]] std::uint64_t now_ms(std::uint64_t clock_ms) const;

 private:
  struct Slot {
    std::string row;
    std::uint64_t due_ms = 0;
    std::uint64_t expires_ms = 0;
    bool is_here = false;
  };
  void advance(std::uint64_t clock_ms);
  [[nodiscard]] LedgerResult ask(Engine& engine, const Question& question);
  void keep_all(const Step& step, std::uint16_t delivery);
  void write(std::uint16_t place, Slot written);
  [[nodiscard]] Slot& slot(std::vector<Slot>& slots, std::uint16_t place);
  void keep(std::uint16_t place, const LedgerResult& result, std::uint64_t now_ms);
  void count_lease(std::uint64_t now_ms);
  void settle(std::uint64_t now_ms);

  std::size_t quiet_leases_max_;
  std::vector<Slot> durable_;
  std::vector<Slot> volatile_;
  std::vector<Parcel> outbox_;
  std::deque<std::uint64_t> recent_leases_;
  std::uint64_t started_ms_;
  std::uint64_t seen_ms_ = 0;   // In memory.
  std::uint64_t floor_ms_ = 0;  // On disk.
  bool is_volatile_ = false;
};

}  // namespace postern::harness::simulate
