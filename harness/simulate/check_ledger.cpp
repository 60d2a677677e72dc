#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "harness/simulate/check.h"
#include "harness/simulate/ledger_facts.h"
#include "harness/simulate/said.h"

// A second ledger, made of docs/DUPLICATES.md: facts by name in place of states and rows. It hears
// what the store was asked and says what the answer has to be.

namespace postern::harness::simulate {
namespace {

using ledger_facts::Owner;
using ledger_facts::RowOfEvent;

/// How much longer than its copies a content may be remembered: it may have to be for those that
/// are under way until the schedule's horizon, three days, and an hour more.
constexpr std::uint64_t longer_ms_max = std::uint64_t{4} * 24 * 60 * 60 * 1000;

class SecondLedger {
 public:
  SecondLedger(const Known& known, std::vector<Violation>& violations)
      : known_(known),
        violations_(violations),
        names_(known.log),
        owners_(known.log.deliveries.size()) {}

  void hear(const LogEntry& entry) {
    names_.hear(entry);
    switch (entry.what) {
      case Happening::administered:
        return administer(entry);
      case Happening::store_restarted:
        return restart(entry);
      case Happening::applied:
        return apply(entry);
      case Happening::replied:
        if (is_grant(verb_of(entry.detail)) && entry.a == 1) {
          owners_[entry.delivery].knows_its_claim = true;
        }
        return;
      case Happening::origin_failed:
        owners_[entry.delivery].is_unknown = entry.a > 2;
        return;
      case Happening::forwarded:
        return forward(entry);
      default:
        return;
    }
  }

 private:
  void restart(const LogEntry& entry) {
    if (entry.detail == 0) {
      return;
    }
    for (RowOfEvent& event : events_) {
      event.old_lease_ends_ms = std::max(event.old_lease_ends_ms, event.lease_ends_ms);
      event.holder = nobody;
      event.has_doubt = false;
      event.failures_min -= std::exchange(event.failures_unsaved, 0);
    }
    has_restarted_ = true;
    started_ms_ = entry.b;
  }

  /// What is known of the row that the entry is about, at its time.
  RowOfEvent& event_at(const LogEntry& entry) {
    if (events_.size() <= entry.key) {
      events_.resize(entry.key + std::size_t{1});
    }
    RowOfEvent& event = events_[entry.key];
    const std::uint64_t copies_until_ms = event.has_copies_until_ms;
    if (event.forgets_at_ms == 0 || entry.b < std::max(event.forgets_at_ms, copies_until_ms)) {
      return event;
    }
    const bool may_be_here = copies_until_ms != 0 && entry.b < copies_until_ms + longer_ms_max;
    const bool is_here =
        entry.a == said::duplicate || entry.a == said::elsewhere || entry.a == said::limited;
    if (!may_be_here || !is_here) {
      event = {.may_exist = may_be_here};
    }
    return event;
  }

  void apply(const LogEntry& entry) {
    RowOfEvent& event = event_at(entry);
    event.may_exist = event.may_exist || entry.a != said::ignored;
    if (!source_of(entry.delivery).same_content.empty() && is_about_another(entry, event)) {
      return;
    }
    switch (verb_of(entry.detail)) {
      case Verb::claim:
      case Verb::take:
        return claim(entry, event);
      case Verb::accept:
        return accept(entry, event);
      case Verb::commit:
        return commit(entry, event);
      case Verb::release:
      case Verb::fail:
        return release(entry, event);
    }
  }

  /// Whether a row of the same content is another event's, and stays so. If it was another's and is
  /// not by now, nothing is known of it.
  bool is_about_another(const LogEntry& entry, RowOfEvent& event) {
    const SourceFacts& source = source_of(entry.delivery);
    const Verb verb = verb_of(entry.detail);
    const std::uint16_t mine = known_.log.deliveries[entry.delivery].event;
    if (entry.a == said::elsewhere || entry.a == said::limited) {
      if (entry.a == said::elsewhere && source.same_content == "mark") {
        event.has_doubt = true;
        event.has_copies_until_ms = entry.b + source.retain_ms;
        event.marked_until_ms = std::max(event.marked_until_ms, event.has_copies_until_ms);
      }
      return true;
    }
    if (verb == Verb::commit && entry.a == said::ignored) {
      const bool is_remembered = event.holder == nobody && !event.is_owed && !event.is_done;
      event.has_doubt = true;
      event.forgets_at_ms = is_remembered ? entry.b + source.retain_ms : event.forgets_at_ms;
      return true;
    }
    const bool is_mine = verb == Verb::claim || verb == Verb::accept || verb == Verb::commit ||
                         (verb == Verb::take && entry.a == said::granted);
    if (is_mine && event.owner != mine) {
      event = event.owner == nobody ? event : RowOfEvent{.may_exist = true};
      event.owner = mine;
    }
    return false;
  }

  void claim(const LogEntry& entry, RowOfEvent& event) {
    const std::uint64_t now_ms = entry.b;
    const std::uint64_t lease_ms = source_of(entry.delivery).lease_ms;
    Owner& owner = owners_[entry.delivery];
    const bool is_held = event.holder != nobody && now_ms < event.lease_ends_ms;
    const bool is_own = is_held && event.holder == entry.delivery;
    const bool may_be_free = is_held && now_ms >= event.lease_may_end_ms;
    const bool may_be_held = event.holder == nobody && now_ms < event.old_lease_ends_ms;
    const bool is_take = verb_of(entry.detail) == Verb::take;
    const said::Answer if_free = event.is_dead              ? said::duplicate
                                 : is_take == event.is_owed ? said::granted
                                 : is_take                  ? said::ignored
                                                            : said::duplicate;
    const said::Answer expected = event.is_done                                    ? said::duplicate
                                  : is_held && !is_own && is_take == event.is_owed ? said::busy
                                                                                   : if_free;
    // When an owed event is due, only the module knows.
    const bool may_be_busy = may_be_held || (is_take && !is_own);
    const bool is_right = entry.a == expected ||
                          (expected == said::busy && entry.a == said::granted && may_be_free) ||
                          (expected == said::granted && entry.a == said::busy && may_be_busy) ||
                          (is_take && entry.a == said::duplicate && event.may_be_dead);
    if (!is_right) {
      accuse(entry, expected);
    }
    event.is_dead = event.is_dead || (is_take && entry.a == said::duplicate && event.may_be_dead);
    if (entry.a != said::granted) {
      return;
    }
    if (is_take) {
      count_lost_run(event, is_own, may_be_free);
    }
    const bool may_be_the_same = is_own ? may_be_free : may_be_held && owner.had_lease;
    if (!is_own) {
      const bool is_young = has_restarted_ && now_ms < started_ms_ + lease_ms;
      event.has_doubt =
          event.has_doubt || (!may_be_the_same && (event.holder != nobody || is_young));
      event.is_done = false;
      event.forgets_at_ms = 0;
      event.holder = entry.delivery;
      event.holder_can_know = false;
      event.may_be_the_same = may_be_the_same;
      event.lease_may_end_ms = may_be_the_same ? now_ms : now_ms + lease_ms;
    }
    if (!is_own || may_be_the_same) {
      event.lease_ends_ms = now_ms + lease_ms;
    }
    owner.had_lease = true;
    if ((entry.detail & by_twin) == 0) {
      event.holder_can_know = true;
      owner.must_be_marked = (event.has_doubt && !may_be_the_same) ||
                             now_ms < event.marked_until_ms || entry.content != nobody;
    }
  }

  /// A run took the event, and its lease ran out before it told what came of it.
  static void count_lost_run(RowOfEvent& event, bool is_own, bool may_be_free) {
    const bool was_lost = event.holder != nobody && !is_own;
    const bool may_have_been = (is_own && may_be_free) || event.old_lease_ends_ms != 0;
    event.failures_min += was_lost ? 1 : 0;
    event.failures_unsaved += was_lost ? 1 : 0;
    event.failures_max += was_lost || may_have_been ? 1 : 0;
    event.may_be_dead = false;
  }

  static void forget_failures(RowOfEvent& event) {
    event.failures_min = 0;
    event.failures_max = 0;
    event.failures_unsaved = 0;
    event.is_dead = false;
    event.may_be_dead = false;
  }

  void accept(const LogEntry& entry, RowOfEvent& event) {
    const bool is_held = event.holder != nobody && entry.b < event.lease_ends_ms;
    const bool may_be_free = is_held && entry.b >= event.lease_may_end_ms;
    const bool may_be_held = event.holder == nobody && entry.b < event.old_lease_ends_ms;
    const said::Answer expected = event.is_done || event.is_owed ? said::duplicate
                                  : is_held                      ? said::busy
                                                                 : said::accepted;
    const bool is_right = entry.a == expected ||
                          (expected == said::busy && entry.a == said::accepted && may_be_free) ||
                          (expected == said::accepted && entry.a == said::busy && may_be_held);
    if (!is_right) {
      accuse(entry, expected);
    }
    if (entry.a == said::accepted) {
      event.has_doubt = event.has_doubt || event.holder != nobody;
      event.is_owed = true;
      forget_failures(event);
      if (entry.b < event.marked_until_ms) {
        event.marked_until_ms = for_ever;  // What is owed never expires.
      }
      event.holder = nobody;
      event.forgets_at_ms = 0;
    }
  }

  /// docs/DUPLICATES.md: a release is for whatever became of an event, a redrive for what is owed
  /// or dead, a drop for what is dead. What an order is not for stays as it is.
  void administer(const LogEntry& entry) {
    RowOfEvent& event = event_at(entry);
    const Order order = order_of(entry.detail);
    const bool is_for_it = order == Order::release   ? event.is_owed || event.is_done
                           : order == Order::redrive ? event.is_owed
                                                     : event.is_dead;
    // A lease, and what only memory knew, may have been lost; then there is nothing to release.
    const bool may_be_for_it =
        (order == Order::release && event.may_exist) || (order == Order::drop && event.may_be_dead);
    const said::Answer expected = is_for_it ? said::done : said::ignored;
    if (entry.a != expected && !(entry.a == said::done && may_be_for_it)) {
      violations_.push_back(
          {name_of(order),
           fmt::format("an operator's {} {}", name_of(order),
                       is_for_it ? "is ignored, though there is something for it to do"
                                 : "has changed what it is not for"),
           entry.at_ms});
    }
    if (entry.a == said::done && (is_for_it || may_be_for_it)) {
      obey(entry, event, order);
    }
  }

  void obey(const LogEntry& entry, RowOfEvent& event, Order order) {
    const std::uint64_t forgets_at_ms =
        entry.b + known_.sources[names_[entry.key].source].retain_ms;
    if (order == Order::drop) {
      event.is_owed = false;
      event.is_done = true;
      forget_failures(event);
      event.forgets_at_ms = forgets_at_ms;
      return;
    }
    // The row on disk says from now on that nobody holds it.
    if (!event.is_owed) {
      event.marked_until_ms = forgets_at_ms;
    } else if (event.holder != nobody) {
      event.marked_until_ms = for_ever;
    }
    event.holder = nobody;
    event.old_lease_ends_ms = 0;
    forget_failures(event);
    event.is_done = false;
    event.forgets_at_ms = event.is_owed ? 0 : forgets_at_ms;
  }

  void commit(const LogEntry& entry, RowOfEvent& event) {
    event.is_owed = false;
    forget_failures(event);
    if (!event.is_done) {
      event.is_done = true;
      event.forgets_at_ms = entry.b + source_of(entry.delivery).retain_ms;
    }
    event.holder = nobody;
  }

  void release(const LogEntry& entry, RowOfEvent& event) {
    const Owner& owner = owners_[entry.delivery];
    if (event.is_done) {
      return;
    }
    const bool ends_lease =
        event.holder == entry.delivery && event.holder_can_know && owner.knows_its_claim;
    const bool brings_doubt = owner.is_unknown && !event.has_doubt;
    if (event.holder == entry.delivery && event.may_be_the_same) {
      event.old_lease_ends_ms = std::max(event.old_lease_ends_ms, event.lease_ends_ms);
      event.holder = nobody;
    }
    event.holder = ends_lease ? nobody : event.holder;
    event.has_doubt = event.has_doubt || owner.is_unknown;
    if (verb_of(entry.detail) == Verb::fail) {
      if (entry.a == said::done) {
        const std::uint16_t attempts = source_of(entry.delivery).attempts;
        event.failures_unsaved = 0;
        event.is_dead = ++event.failures_min >= attempts;
        event.may_be_dead = ++event.failures_max >= attempts;
      }
      return;
    }
    if (event.holder == nobody && !event.is_owed && (ends_lease || brings_doubt)) {
      event.forgets_at_ms = entry.b + source_of(entry.delivery).retain_ms;
    }
  }

  /// A repeat that may be one says so; where nothing went wrong, nothing says so.
  void forward(const LogEntry& entry) {
    if ((entry.detail & only_observed) != 0) {
      return;  // No lease, no mark.
    }
    const bool is_marked = (entry.detail & 1) != 0;
    const Owner& owner = owners_[entry.delivery];
    if (owner.knows_its_claim && owner.must_be_marked && !is_marked) {
      violations_.push_back(
          {"mark", "a forward lacks the mark that docs/DUPLICATES.md gives it", entry.at_ms});
    }
    const bool is_right =
        known_.log.strikes != 0 || known_.log.orders != 0 || owners_[entry.delivery].must_be_marked;
    if (is_marked && !is_right) {
      violations_.push_back(
          {"mark", "nothing went wrong, and yet a forward is marked", entry.at_ms});
    }
  }

  /// Which promise it is depends on what was expected and what came.
  void accuse(const LogEntry& entry, said::Answer expected) {
    const auto said = [&](std::string_view promise, std::string_view what) {
      violations_.push_back(
          {promise, fmt::format("{} (delivery {})", what, entry.delivery), entry.at_ms});
    };
    if (entry.a == said::duplicate) {
      return said("S2", "the store calls an event done that nobody has committed");
    }
    if (expected == said::duplicate) {
      return said("S7", "the store has forgotten a done event within its retention");
    }
    if (entry.a == said::ignored) {
      return said("S7", "the store has forgotten an event that it owes");
    }
    if (entry.a == said::granted || entry.a == said::accepted) {
      return said("S3", "the store grants a lease while another's is running");
    }
    said("S9", "the store holds a claim beyond its lease");
  }

  [[nodiscard]] const SourceFacts& source_of(std::uint16_t delivery) const {
    return known_.sources[known_.log.deliveries[delivery].source];
  }

  const Known& known_;
  std::vector<Violation>& violations_;
  RowNames names_;
  std::vector<RowOfEvent> events_;
  std::vector<Owner> owners_;
  bool has_restarted_ = false;
  std::uint64_t started_ms_ = 0;
};

}  // namespace

void check_ledger(const Known& known, std::vector<Violation>& violations) {
  SecondLedger ledger(known, violations);
  for (const LogEntry& entry : known.log.entries) {
    ledger.hear(entry);
  }
}

}  // namespace postern::harness::simulate
