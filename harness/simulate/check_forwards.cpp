#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "harness/simulate/check.h"

// What reached the origin, and whether there was a reason for it.

namespace postern::harness::simulate {
namespace {

/// A delivery on its way through the gate.
struct Way {
  bool is_authentic = false;  // Genuine, and its time was good when it arrived.
  std::uint64_t called_at_ms = 0;
  bool has_lease = false;  // Granted since the last restart that lost leases.
  std::uint64_t lease_ends_ms = 0;
  bool has_slept = false;  // Paused, or by a wrong clock.
  bool knows_its_claim = false;
};

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
  std::uint64_t forgets_at_ms = 0;
  std::vector<std::pair<std::uint64_t, std::uint16_t>> attempts;  // With their deliveries.
};

class ForwardBook {
 public:
  ForwardBook(const Known& known, std::vector<Violation>& violations)
      : known_(known), violations_(violations), ways_(known.log.deliveries.size()) {}

  void hear(const LogEntry& entry) {
    switch (entry.what) {
      case Happening::arrived:
        ways_[entry.delivery].is_authentic = is_authentic(entry);
        return;
      case Happening::called:
        return call(entry);
      case Happening::applied:
        return apply(entry);
      case Happening::replied:
        if (static_cast<Verb>(entry.detail) == Verb::claim) {
          ways_[entry.delivery].knows_its_claim = entry.a == 1;
        }
        return;
      case Happening::forwarded:
        return forward(entry);
      case Happening::origin_answered:
        event_of(entry.delivery).causes += entry.a >= 200 && entry.a < 300 ? 0 : 1;
        return;
      case Happening::origin_failed:
        ++event_of(entry.delivery).causes;
        return;
      case Happening::store_restarted:
        return restart(entry);
      case Happening::struck:
        return strike(entry);
      default:
        return;
    }
  }

  /// S5b looks at the whole schedule.
  void end() {
    if (known_.log.strikes != 0) {
      return;
    }
    for (const auto& [name, event] : events_) {
      const bool was_sent = std::ranges::any_of(known_.log.deliveries, [&](const auto& fact) {
        return fact.sender != nobody && name == std::pair(fact.source, fact.event);
      });
      if (was_sent && event.forwards != 1 + event.causes) {
        accuse("S5b",
               fmt::format("nothing went wrong, and yet an event was forwarded {} times",
                           event.forwards),
               known_.log.ended_at_ms);
      }
    }
  }

 private:
  /// As any receiver may judge it from the sender's bytes. Within a second of the limits both
  /// verdicts are right, since the time stands there in whole seconds.
  [[nodiscard]] bool is_authentic(const LogEntry& arrival) const {
    const DeliveryFact& fact = known_.log.deliveries[arrival.delivery];
    if (!fact.is_genuine || !known_.sources[fact.source].has_time) {
      return fact.is_genuine;
    }
    const std::uint64_t signed_ms = known_.log.epoch_ms + fact.signed_at_ms;
    const std::uint64_t apart_ms =
        arrival.a > signed_ms ? arrival.a - signed_ms : signed_ms - arrival.a;
    return apart_ms <= tolerance_ms + 1000;
  }

  void call(const LogEntry& entry) {
    Way& way = ways_[entry.delivery];
    if (static_cast<Verb>(entry.detail) == Verb::claim) {
      way.called_at_ms = entry.at_ms;
    }
    if (!way.is_authentic) {
      accuse("S6", "the ledger was asked about a delivery that does not verify", entry.at_ms);
    }
    name_key(entry);
  }

  /// S8: one key for one event of one source, and no other.
  void name_key(const LogEntry& entry) {
    Event& event = event_of(entry.delivery);
    const bool is_taken = std::ranges::any_of(events_, [&](const auto& other) {
      return &other.second != &event && other.second.key == entry.key;
    });
    if (is_taken || (event.key != nobody && event.key != entry.key)) {
      accuse("S8", is_taken ? "two events have one key" : "one event has two keys", entry.at_ms);
    }
    event.key = entry.key;
  }

  void apply(const LogEntry& entry) {
    Event& event = event_of(entry.delivery);
    const std::uint64_t now_ms = entry.b;
    if (event.is_done && now_ms >= event.forgets_at_ms) {
      ++event.causes;  // Retention is over.
      event.is_done = event.is_committed = event.was_granted = false;
      event.holder = nobody;
    }
    constexpr std::uint64_t granted = 1;
    switch (static_cast<Verb>(entry.detail & ~by_twin)) {
      case Verb::claim:
        return entry.a == granted ? grant(entry, event) : void();
      case Verb::commit:
        return commit(entry, event);
      case Verb::release:
        if (event.holder == entry.delivery && event.holder_can_know &&
            ways_[entry.delivery].knows_its_claim) {
          event.holder = nobody;
        }
        return;
    }
  }

  void grant(const LogEntry& entry, Event& event) {
    if (event.holder != nobody && entry.b >= event.lease_ends_ms) {
      ++event.causes;  // A lease ran out.
      event.holder = nobody;
    }
    const std::uint64_t lease_ms =
        known_.sources[known_.log.deliveries[entry.delivery].source].lease_ms;
    if (event.holder != entry.delivery) {
      event.lease_ends_ms = entry.b + lease_ms;
      event.holder_can_know = false;
    }
    event.holder = entry.delivery;
    event.was_granted = true;
    Way& way = ways_[entry.delivery];
    if ((entry.detail & by_twin) == 0) {
      event.holder_can_know = true;
      way.has_lease = true;
      way.lease_ends_ms = event.lease_ends_ms;
    }
  }

  void commit(const LogEntry& entry, Event& event) {
    const Way& way = ways_[entry.delivery];
    event.is_committed = event.is_committed || (way.has_lease && entry.b < way.lease_ends_ms);
    if (!event.is_done) {
      event.is_done = true;
      event.forgets_at_ms =
          entry.b + known_.sources[known_.log.deliveries[entry.delivery].source].retain_ms;
    }
    event.holder = nobody;
  }

  void restart(const LogEntry& entry) {
    if (entry.detail == 0) {
      return;
    }
    for (auto& [name, event] : events_) {
      event.causes += event.was_granted ? 1 : 0;
      event.was_granted = event.is_committed = false;
      event.holder = nobody;
    }
    for (Way& way : ways_) {
      way.has_lease = false;
    }
  }

  /// From here on the begin of a forward says nothing about the owner's haste.
  void strike(const LogEntry& entry) {
    const auto fault = static_cast<Fault>(entry.detail);
    if (fault == Fault::pause || fault == Fault::clock_step || fault == Fault::clock_freeze) {
      for (Way& way : ways_) {
        way.has_slept = true;
      }
    }
  }

  void forward(const LogEntry& entry) {
    Event& event = event_of(entry.delivery);
    const Way& way = ways_[entry.delivery];
    const bool is_without_ledger = !way.knows_its_claim;
    if (!way.is_authentic) {
      accuse("S1", "a delivery was forwarded that does not verify", entry.at_ms);
    }
    name_key(entry);
    if (!is_without_ledger && event.is_committed && event.is_done && way.has_lease &&
        entry.b < way.lease_ends_ms) {
      accuse("S4", "a forward begins after the commit, under a lease that still runs", entry.at_ms);
    }
    event.causes += is_without_ledger ? 1 : 0;
    ++event.forwards;
    if (event.forwards > 1 + event.causes) {
      accuse(
          "S5",
          fmt::format("{} forwards, and {} causes for more than one", event.forwards, event.causes),
          entry.at_ms);
    }
    if (!is_without_ledger && !way.has_slept && entry.at_ms > way.called_at_ms + begin_within_ms) {
      accuse("begin",
             fmt::format("a forward begins {} ms after its claim was sent",
                         entry.at_ms - way.called_at_ms),
             entry.at_ms);
    }
    check_attempt(entry, event);
  }

  /// A fencing number is given to one delivery only.
  void check_attempt(const LogEntry& entry, Event& event) {
    const bool is_used = std::ranges::any_of(event.attempts, [&](const auto& attempt) {
      return attempt.first == entry.a && attempt.second != entry.delivery;
    });
    if (entry.a != 0 && is_used) {
      accuse("epoch", "two deliveries were forwarded with one postern-attempt", entry.at_ms);
    }
    event.attempts.emplace_back(entry.a, entry.delivery);
  }

  Event& event_of(std::uint16_t delivery) {
    const DeliveryFact& fact = known_.log.deliveries[delivery];
    const std::pair name(fact.source, fact.event);
    const auto found = std::ranges::find(events_, name, &Named::first);
    return found != events_.end() ? found->second : events_.emplace_back(name, Event{}).second;
  }

  void accuse(std::string_view promise, std::string what, std::uint64_t at_ms) {
    violations_.push_back({promise, std::move(what), at_ms});
  }

  using Named = std::pair<std::pair<std::uint16_t, std::uint16_t>, Event>;
  const Known& known_;
  std::vector<Violation>& violations_;
  std::vector<Way> ways_;
  std::vector<Named> events_;
};

}  // namespace

void check_forwards(const Known& known, std::vector<Violation>& violations) {
  ForwardBook book(known, violations);
  for (const LogEntry& entry : known.log.entries) {
    book.hear(entry);
  }
  book.end();
}

}  // namespace postern::harness::simulate
