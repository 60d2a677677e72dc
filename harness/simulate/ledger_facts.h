#pragma once

#include <cstdint>

#include "harness/simulate/log.h"

// What the second ledger remembers.

namespace postern::harness::simulate::ledger_facts {

/// What is known of a row of the ledger.
struct RowOfEvent {
  bool is_owed = false;  // Accepted, and not done: perhaps given up.
  /// Attempts that failed since it was accepted or an operator took it up again: runs that told so,
  /// and runs whose lease ran out. Of the latter a restart of the store may forget some.
  std::uint16_t failures_min = 0;
  std::uint16_t failures_max = 0;
  std::uint16_t failures_unsaved = 0;
  bool is_dead = false;      // It was given up, as it must have been;
  bool may_be_dead = false;  // or as it may have been.
  bool is_done = false;
  std::uint64_t forgets_at_ms = 0;  // By the store's time; 0 while a lease is given.
  std::uint16_t holder = nobody;
  bool may_be_the_same = false;  // A lease that the disk still had, or a new one: nobody can tell.
  bool holder_can_know = false;  // The grant was the answer to a call that somebody waits for.
  /// The lease ends between these two: after a restart it may be one that the disk still had.
  std::uint64_t lease_may_end_ms = 0;
  std::uint64_t lease_ends_ms = 0;
  /// Of the leases before the last restart: until then the disk may have one that memory had not.
  std::uint64_t old_lease_ends_ms = 0;
  bool has_doubt = false;  // Since the last start of the store; older doubts are not looked at.
  std::uint64_t marked_until_ms = 0;  // On disk at least so long, by an operator's order.
  /// Which of a content's events its row is for. It may be another's once it is forgotten; whether
  /// it was, `check_copies` sees.
  std::uint16_t owner = nobody;
  std::uint64_t has_copies_until_ms = 0;  // It is remembered at least so long for its copies.
  bool may_exist = false;  // Something was kept of it, and nobody can tell whether it still is.
};

/// What is known of a delivery.
struct Owner {
  bool knows_its_claim = false;
  bool had_lease = false;
  bool is_unknown = false;  // Nobody knows what its forward did.
  bool must_be_marked = false;
};

}  // namespace postern::harness::simulate::ledger_facts
