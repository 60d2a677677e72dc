#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "harness/simulate/check.h"
#include "harness/simulate/forward_facts.h"
#include "harness/simulate/said.h"

// What reached the origin, and whether there was a reason for it.

namespace postern::harness::simulate {
namespace {

using namespace forward_facts;

/// A second copy of a commit may look like the first one, and come so late.
constexpr std::uint64_t lateness_ms_max = 60'000;

class ForwardBook {
 public:
  ForwardBook(const Known& known, std::vector<Violation>& violations)
      : known_(known),
        violations_(violations),
        ways_(known.log.deliveries.size()),
        names_(known.log) {}

  void hear(const LogEntry& entry) {
    names_.hear(entry);
    switch (entry.what) {
      case Happening::administered:
        return administer(entry);
      case Happening::arrived:
        ways_[entry.delivery].is_authentic = is_authentic(entry);
        return;
      case Happening::run_began:
        // What was accepted was verified.
        ways_[entry.delivery].is_authentic =
            ways_[known_.log.deliveries[entry.delivery].parent].is_authentic;
        return;
      case Happening::called:
        return call(entry);
      case Happening::carried:
        // The object claims now, however long the delivery was on its way.
        ways_[entry.delivery].called_at_ms = entry.at_ms;
        return;
      case Happening::applied:
        return apply(entry);
      case Happening::replied:
        if (is_grant(verb_of(entry.detail))) {
          ways_[entry.delivery].knows_its_claim = entry.a == 1;
        }
        return;
      case Happening::forwarded:
        return forward(entry);
      case Happening::origin_answered:
        return fail(entry, entry.a >= 200 && entry.a < 300 ? 0 : 1);
      case Happening::origin_failed:
        return fail(entry, 1);
      case Happening::store_restarted:
        return restart(entry);
      case Happening::redeployed:
        has_reordered_ = true;
        return;
      case Happening::sleeps:
        ways_[entry.delivery].has_slept = true;
        return;
      case Happening::struck:
        return strike(entry);
      default:
        return;
    }
  }

  /// S5b looks at the whole schedule.
  void end() {
    if (known_.log.strikes != 0 || known_.log.orders != 0) {
      return;
    }
    for (const DeliveryFact& fact : known_.log.deliveries) {
      if (fact.sender == nobody) {
        continue;
      }
      for (std::uint8_t i = 0; i < known_.sources[fact.source].destinations; ++i) {
        const Event& event = events_[{fact.source, fact.event, i}];
        if (event.forwards != 1 + event.causes && !event.is_held_back) {
          accuse("S5b",
                 fmt::format("nothing went wrong, and yet an event was forwarded {} times",
                             event.forwards),
                 known_.log.ended_at_ms);
        }
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
    if (is_grant(verb_of(entry.detail))) {
      way.called_at_ms = entry.at_ms;
    }
    if (!way.is_authentic) {
      accuse("S6", "the ledger was asked about a delivery that does not verify", entry.at_ms);
    }
    way.row = entry.key;
    name_row(entry);
  }

  /// S8: a row belongs to one event of one source, or to one content, whose events take it in turn.
  void name_row(const LogEntry& entry) {
    const RowOwner owner = owner_of_row(entry, known_);
    RowFacts& row = row_of(entry.key);
    if (row.owner.has_value() && *row.owner != owner) {
      accuse("S8", "two events have one row of the ledger", entry.at_ms);
    }
    row.owner = owner;
  }

  /// S8: what an origin is told is one key for one event, at each destination. Where an event has a
  /// hint, it is its content's or its own, according to whose row it has.
  void name_key(const LogEntry& entry) {
    Event& event = event_of(entry.delivery);
    name_row(entry);
    const bool is_copy = entry.content != nobody && entry.content != entry.key;
    std::uint16_t& key = is_copy ? event.copy_key : event.key;
    if (key != nobody && key != entry.key) {
      accuse("S8", "one event has two keys", entry.at_ms);
    }
    key = entry.key;
  }

  void fail(const LogEntry& entry, std::uint64_t causes) {
    event_of(entry.delivery).causes += ways_[entry.delivery].is_observed ? 0 : causes;
  }

  void forget_in_time(const LogEntry& entry, Event& event, std::uint64_t retain_ms) {
    RowFacts& row = row_of(entry.key);
    if (entry.b + lateness_ms_max >= row.touched_ms + retain_ms) {
      row.attempts.clear();  // It may be forgotten, and then epochs start over.
    }
    const bool is_told_only = entry.a == said::busy || entry.a == said::duplicate ||
                              entry.a == said::elsewhere || entry.a == said::limited;
    row.touched_ms = is_told_only ? row.touched_ms : entry.b;
    // It is remembered longer where its content has copies.
    if (event.is_done && entry.b >= event.forgets_at_ms && !is_told_only) {
      ++event.causes;  // Retention is over.
      event.is_done = event.is_committed = event.was_granted = false;
      event.holder = nobody;
    }
  }

  /// docs/DUPLICATES.md: a release can end the lease of somebody who is forwarding, and lets one
  /// more forward begin in any case; a redrive only when it ends such a lease. A drop lets none.
  void administer(const LogEntry& entry) {
    const RowName& name = names_[entry.key];
    Event& event = events_[name];
    const std::uint64_t retain_ms = known_.sources[name.source].retain_ms;
    forget_in_time(entry, event, retain_ms);
    if (entry.a != said::done) {
      return;
    }
    const Order order = order_of(entry.detail);
    for (std::uint8_t i = 0; i < known_.sources[name.source].destinations; ++i) {
      Event& other = events_[{name.source, name.event, i}];
      other.is_released = other.is_released || order == Order::release;
    }
    event.causes += order == Order::release || (order == Order::redrive && event.holder != nobody);
    for (Way& way : ways_) {
      way.has_lease = way.has_lease && way.row != entry.key;
    }
    event.holder = nobody;
    event.is_done = event.is_committed = order == Order::drop;
    event.forgets_at_ms = order == Order::drop ? entry.b + retain_ms : 0;
  }

  void apply(const LogEntry& entry) {
    Event& event = event_of(entry.delivery);
    forget_in_time(entry, event, source_of(entry.delivery).retain_ms);
    if (entry.a == said::limited ||
        (entry.a == said::elsewhere && same_content_of(entry.delivery) == "refuse")) {
      hold_back(entry.delivery);
    }
    switch (verb_of(entry.detail)) {
      case Verb::accept:
        return;
      case Verb::claim:
      case Verb::take:
        return entry.a == said::granted ? grant(entry, event) : void();
      case Verb::commit:
        return commit(entry, event);
      case Verb::release:
      case Verb::fail:
        if (event.holder == entry.delivery && event.holder_can_know &&
            ways_[entry.delivery].knows_its_claim) {
          event.holder = nobody;
        }
        return;
    }
  }

  /// Whoever is not let in for one destination is for none.
  void hold_back(std::uint16_t delivery) {
    const DeliveryFact& fact = known_.log.deliveries[delivery];
    for (std::uint8_t i = 0; i < source_of(delivery).destinations; ++i) {
      events_[{fact.source, fact.event, i}].is_held_back = true;
    }
  }

  void grant(const LogEntry& entry, Event& event) {
    if (event.holder != nobody && entry.b >= event.lease_ends_ms) {
      ++event.causes;  // A lease ran out, and stays so even if the store's time goes back.
      ways_[event.holder].has_lease = false;
      event.holder = nobody;
    }
    const std::uint64_t lease_ms = source_of(entry.delivery).lease_ms;
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
      way.row = entry.key;
      way.grant = ++grants_;
      way.lease_ends_ms = event.lease_ends_ms;
    }
  }

  void commit(const LogEntry& entry, Event& event) {
    if (entry.a != said::done) {
      return;  // The row is another event's of the same content.
    }
    const Way& way = ways_[entry.delivery];
    event.is_committed = event.is_committed || (way.has_lease && entry.b < way.lease_ends_ms);
    if (!event.is_done) {
      event.is_done = true;
      event.forgets_at_ms = entry.b + source_of(entry.delivery).retain_ms;
    }
    event.holder = nobody;
  }

  void restart(const LogEntry& entry) {
    if (entry.detail == 0) {
      return;
    }
    for (auto& [name, event] : events_.all()) {
      event.causes += event.was_granted ? 1 : 0;
      event.was_granted = event.is_committed = false;
      event.holder = nobody;
    }
    std::ranges::for_each(ways_, [](Way& way) { way.has_lease = false; });
  }

  /// By a wrong clock nobody can hurry.
  void strike(const LogEntry& entry) {
    const auto fault = static_cast<Fault>(entry.detail);
    if (fault == Fault::clock_step || fault == Fault::clock_freeze) {
      std::ranges::for_each(ways_, [](Way& way) { way.has_slept = true; });
    }
  }

  void forward(const LogEntry& entry) {
    Event& event = event_of(entry.delivery);
    Way& way = ways_[entry.delivery];
    way.is_observed = (entry.detail & only_observed) != 0;
    if (way.is_observed) {
      return;  // Whatever it is: see check_admission.cpp.
    }
    const bool is_without_ledger = !way.knows_its_claim;
    if (!way.is_authentic) {
      accuse("S1", "a delivery was forwarded that does not verify", entry.at_ms);
    }
    name_key(entry);
    if (forwarded_to(entry.detail) != known_.log.deliveries[entry.delivery].destination) {
      accuse("route", "an event went to another destination than the one it is owed to",
             entry.at_ms);
    }
    if (!is_without_ledger && !is_elsewhere(event, entry) && event.is_committed && event.is_done &&
        way.has_lease && entry.b < way.lease_ends_ms) {
      accuse("S4", "a forward begins after the commit, under a lease that still runs", entry.at_ms);
    }
    event.causes += is_without_ledger ? 1 : 0;
    ++event.forwards;
    event.unmarked += (entry.detail & 1) == 0 ? 1 : 0;
    check_content(entry, event);
    if (event.forwards > 1 + event.causes && !is_elsewhere(event, entry)) {
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
    check_attempt(entry, row_of(way.row));
  }

  /// S5 of a content: of all its forwards to a destination at most the first is not marked, but for
  /// one more for each cause of those events that its row was for.
  void check_content(const LogEntry& entry, const Event& event) {
    const DeliveryFact& fact = known_.log.deliveries[entry.delivery];
    if (same_content_of(entry.delivery).empty() || (entry.detail & 1) != 0) {
      return;
    }
    const auto [unmarked, causes] =
        events_.unmarked_like({fact.source, fact.event, fact.destination}, entry.b);
    if (unmarked > 1 + causes && !is_elsewhere(event, entry)) {
      accuse("copies",
             fmt::format("{} forwards of one content are not marked, and {} causes for more than "
                         "one",
                         unmarked, causes),
             entry.at_ms);
    }
  }

  /// docs/DUPLICATES.md, "What cannot be promised": after a release, under another order of the
  /// destinations, each has another row than before.
  [[nodiscard]] bool is_elsewhere(const Event& event, const LogEntry& entry) const {
    return event.is_released && has_reordered_ && source_of(entry.delivery).destinations > 1;
  }

  /// A fencing number is given to one delivery only, and rises with every lease.
  void check_attempt(const LogEntry& entry, RowFacts& row) {
    if (entry.a == 0) {
      return;  // Without its ledger.
    }
    const RowFacts::Attempt mine{entry.a, ways_[entry.delivery].grant, entry.delivery};
    for (const RowFacts::Attempt& other : row.attempts) {
      if (other.number == mine.number && other.delivery != mine.delivery) {
        accuse("epoch", "two deliveries were forwarded with one postern-attempt", entry.at_ms);
      } else if ((other.grant < mine.grant) != (other.number < mine.number)) {
        accuse("epoch", "a later lease has a smaller postern-attempt", entry.at_ms);
      }
    }
    row.attempts.push_back(mine);
  }

  [[nodiscard]] const SourceFacts& source_of(std::uint16_t delivery) const {
    return known_.sources[known_.log.deliveries[delivery].source];
  }

  [[nodiscard]] std::string_view same_content_of(std::uint16_t delivery) const {
    return source_of(delivery).same_content;
  }

  RowFacts& row_of(std::uint16_t row) {
    rows_.resize(std::max(rows_.size(), row + std::size_t{1}));
    return rows_[row];
  }

  Event& event_of(std::uint16_t delivery) {
    const DeliveryFact& fact = known_.log.deliveries[delivery];
    return events_[{fact.source, fact.event, fact.destination}];
  }

  void accuse(std::string_view promise, std::string what, std::uint64_t at_ms) {
    violations_.push_back({promise, std::move(what), at_ms});
  }

  const Known& known_;
  std::vector<Violation>& violations_;
  std::vector<Way> ways_;
  Events events_;
  std::vector<RowFacts> rows_;  // By key.
  RowNames names_;
  std::uint64_t grants_ = 0;
  bool has_reordered_ = false;  // Destinations, by another policy.
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
