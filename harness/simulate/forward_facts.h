#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "harness/simulate/log.h"

// What the checker of forwards remembers.

namespace postern::harness::simulate::forward_facts {

/// A delivery on its way through the gate.
struct Way {
  bool is_authentic = false;  // Genuine, and its time was good when it arrived.
  std::uint64_t called_at_ms = 0;
  std::uint16_t row = nobody;
  bool has_lease = false;  // Granted since the last restart that lost leases.
  std::uint64_t lease_ends_ms = 0;
  bool has_slept = false;  // Paused, or by a wrong clock.
  bool knows_its_claim = false;
  bool is_observed = false;
  std::uint64_t grant = 0;  // Grants are numbered as they are given.
};

/// What is known of an event, for one destination.
struct Event {
  std::uint16_t key = nobody;
  std::uint64_t forwards = 0;
  std::uint64_t causes = 0;
  bool was_granted = false;  // Since the last restart that lost leases.
  std::uint16_t holder = nobody;
  bool holder_can_know = false;  // The grant was the answer to a call that somebody waits for.
  std::uint64_t lease_ends_ms = 0;
  /// A commit under a lease that was still running, in this life of the store.
  bool is_committed = false;
  bool is_done = false;
  bool is_released = false;  // By an operator.
  std::uint64_t forgets_at_ms = 0;
};

/// A row of the ledger.
struct RowFacts {
  std::optional<std::pair<std::uint16_t, std::uint16_t>> event;  // And its source.
  struct Attempt {
    std::uint64_t number = 0;  // What the origin saw.
    std::uint64_t grant = 0;
    std::uint16_t delivery = nobody;
  };
  std::vector<Attempt> attempts;
  std::uint64_t touched_ms = 0;
};

}  // namespace postern::harness::simulate::forward_facts
