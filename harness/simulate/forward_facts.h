#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

#include "harness/simulate/check.h"
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
  std::uint16_t copy_key = nobody;  // Of a copy's row, where it had one.
  std::uint64_t forwards = 0;
  std::uint64_t unmarked = 0;  // Of them.
  std::uint64_t causes = 0;
  bool was_granted = false;  // Since the last restart that lost leases.
  std::uint16_t holder = nobody;
  bool holder_can_know = false;  // The grant was the answer to a call that somebody waits for.
  std::uint64_t lease_ends_ms = 0;
  /// A commit under a lease that was still running, in this life of the store.
  bool is_committed = false;
  bool is_done = false;
  bool is_released = false;   // By an operator.
  bool is_held_back = false;  // As a copy: there are too many, or its source lets none in.
  std::uint64_t forgets_at_ms = 0;
};

/// All that are known, by name.
class Events {
 public:
  Event& operator[](const RowName& name) {
    const auto found = std::ranges::find(all_, name, &Named::first);
    return found != all_.end() ? found->second : all_.emplace_back(name, Event{}).second;
  }

  using Named = std::pair<RowName, Event>;
  [[nodiscard]] std::deque<Named>& all() { return all_; }

  struct Unmarked {
    std::uint64_t forwards = 0;
    std::uint64_t causes = 0;
  };
  /// `unmarked_like` sums up what was forwarded without a mark of the content of `name`, to its
  /// destination, and the causes for one more that those events have.
  [[nodiscard]] Unmarked unmarked_like(const RowName& name, std::uint64_t now_ms) const {
    Unmarked sum;
    for (const auto& [other, event] : all_) {
      const bool is_like = other.source == name.source && other.destination == name.destination &&
                           other.event / hints_count == name.event / hints_count;
      if (is_like && event.unmarked != 0) {
        const bool is_forgotten = event.is_done && now_ms >= event.forgets_at_ms;
        sum.forwards += event.unmarked;
        sum.causes += event.causes + (is_forgotten ? 1 : 0);
      }
    }
    return sum;
  }

 private:
  std::deque<Named> all_;  // References stay good.
};

/// A row of the ledger.
struct RowFacts {
  std::optional<RowOwner> owner;
  struct Attempt {
    std::uint64_t number = 0;  // What the origin saw.
    std::uint64_t grant = 0;
    std::uint16_t delivery = nobody;
  };
  std::vector<Attempt> attempts;
  std::uint64_t touched_ms = 0;
};

}  // namespace postern::harness::simulate::forward_facts
