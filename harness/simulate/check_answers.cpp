#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "harness/simulate/check.h"
#include "harness/simulate/said.h"

// What senders were told, and whether all that could be settled was.

namespace postern::harness::simulate {
namespace {

using Name = std::pair<std::uint16_t, std::uint16_t>;  // Source and event.

bool is_success(std::uint64_t status) { return status >= 200 && status < 300; }

/// A source that lets no copies in serves one event of a content, and tells the others: whether it
/// is right, `check_copies` sees.
bool is_refused(const Known& known, const LogEntry& entry) {
  constexpr std::uint64_t conflict = 409;
  const std::uint16_t source = known.log.deliveries[entry.delivery].source;
  return entry.a == conflict && known.sources[source].same_content == "refuse";
}

/// S2: an acknowledged event has been taken by the origin, which said so, or is kept for it.
void check_acknowledgements(const Known& known, std::vector<Violation>& violations) {
  std::set<Name> taken;
  for (const LogEntry& entry : known.log.entries) {
    if (entry.delivery == nobody) {
      continue;
    }
    const DeliveryFact& fact = known.log.deliveries[entry.delivery];
    const Name name(fact.source, fact.event);
    if (entry.what == Happening::origin_answered && is_success(entry.a)) {
      taken.insert(name);
    }
    const bool is_kept = entry.what == Happening::applied &&
                         verb_of(entry.detail) == Verb::accept && entry.a == said::accepted;
    if (is_kept || (entry.what == Happening::enqueued && entry.detail == 1 && entry.a == 1)) {
      taken.insert(name);
    }
    if (entry.what == Happening::answered && is_success(entry.a) && !taken.contains(name)) {
      violations.push_back({"S2",
                            fmt::format("delivery {} was answered {} although its event is "
                                        "neither taken by the origin nor kept",
                                        entry.delivery, entry.a),
                            entry.at_ms});
    }
  }
}

/// L1: who goes on trying is served in the end, and no delivery stays at its host for ever, nor at
/// the store's object.
void check_settled(const Known& known, std::vector<Violation>& violations) {
  std::set<std::uint16_t> served;  // Senders, by number.
  std::vector<int> under_way(known.log.deliveries.size(), 1);
  for (std::size_t i = 0; i < under_way.size(); ++i) {
    under_way[i] = known.log.deliveries[i].carried_for == nobody ? 1 : 0;
  }
  for (const LogEntry& entry : known.log.entries) {
    const bool is_end = entry.what == Happening::over || entry.what == Happening::died;
    if (is_end || entry.what == Happening::carried) {
      under_way[entry.delivery] += is_end ? -1 : 1;
    }
    if (entry.what == Happening::heard && (is_success(entry.a) || is_refused(known, entry))) {
      served.insert(known.log.deliveries[entry.delivery].sender);
    }
  }
  for (const SenderPlan& sender : known.scenario.senders) {
    if (sender.retry != Retry::never && !served.contains(sender.number)) {
      violations.push_back(
          {"L1",
           fmt::format("sender {} was never served, long after all faults ended", sender.number),
           known.log.ended_at_ms});
    }
  }
  const auto open = std::ranges::find_if(under_way, [](int hosts) { return hosts != 0; });
  if (open != under_way.end()) {
    violations.push_back({"L1",
                          fmt::format("delivery {} is still at its host",
                                      static_cast<std::size_t>(open - under_way.begin())),
                          known.log.ended_at_ms});
  }
}

/// L1 of queue mode: what was kept is taken by every destination, listed as dead, or was dropped
/// when it was, and nothing is still owed when all has been well for long.
void check_kept(const Known& known, std::vector<Violation>& violations) {
  std::set<RowName> owed;
  std::set<RowName> settled;
  RowNames names(known.log);
  for (const LogEntry& entry : known.log.entries) {
    names.hear(entry);
    if (entry.what == Happening::administered && order_of(entry.detail) == Order::drop &&
        entry.a == said::done) {
      settled.insert(names[entry.key]);
    }
    if (entry.delivery == nobody) {
      continue;
    }
    const DeliveryFact& fact = known.log.deliveries[entry.delivery];
    const auto to = [&](std::uint64_t destination) {
      return RowName(fact.source, fact.event, static_cast<std::uint8_t>(destination));
    };
    if (entry.what == Happening::applied && verb_of(entry.detail) == Verb::accept &&
        entry.a == said::accepted) {
      // Anew, perhaps, after an operator's release: then what was settled is so no more.
      owed.insert(to(destination_of(entry.detail)));
      settled.erase(to(destination_of(entry.detail)));
    } else if (entry.what == Happening::applied && verb_of(entry.detail) == Verb::commit &&
               entry.a == said::done) {
      settled.insert(names[entry.key]);  // Whose row it is now: docs/DUPLICATES.md has the case.
    } else if (entry.what == Happening::enqueued && entry.detail == 1 && entry.a == 1) {
      for (std::uint8_t i = 0; i < known.sources[fact.source].destinations; ++i) {
        owed.insert(to(i));
      }
    } else if (entry.what == Happening::origin_answered && is_success(entry.a)) {
      settled.insert(to(fact.destination));
    } else if (entry.what == Happening::listed && entry.detail == 1) {
      settled.insert(to(entry.a));
    } else if (entry.what == Happening::listed) {
      violations.push_back(
          {"L1", "an event is still owed, long after all faults ended", entry.at_ms});
    }
  }
  for (const RowName& one : owed) {
    if (!settled.contains(one)) {
      violations.push_back(
          {"lost",
           fmt::format("event {} of source {} was kept for destination {}, which has not taken it, "
                       "and it is in no list",
                       one.event, one.source, one.destination),
           known.log.ended_at_ms});
    }
  }
}

/// A genuine delivery is not taken for a forgery: who is refused so for good is not served at all.
void check_refusals(const Known& known, std::vector<Violation>& violations) {
  constexpr std::uint64_t unauthorized = 401;
  std::vector<std::uint64_t> arrivals(known.log.deliveries.size());
  for (const LogEntry& entry : known.log.entries) {
    if (entry.what == Happening::arrived) {
      arrivals[entry.delivery] = entry.a;
    }
    if (entry.what != Happening::answered || entry.a != unauthorized) {
      continue;
    }
    const DeliveryFact& fact = known.log.deliveries[entry.delivery];
    const std::uint64_t signed_ms = known.log.epoch_ms + fact.signed_at_ms;
    const std::uint64_t arrived_at = arrivals[entry.delivery];
    const std::uint64_t apart_ms =
        arrived_at > signed_ms ? arrived_at - signed_ms : signed_ms - arrived_at;
    const bool is_timely = !known.sources[fact.source].has_time || apart_ms + 1000 <= tolerance_ms;
    if (fact.is_genuine && is_timely) {
      violations.push_back(
          {"genuine", fmt::format("delivery {} is genuine and was answered 401", entry.delivery),
           entry.at_ms});
    }
  }
}

}  // namespace

void check_answers(const Known& known, std::vector<Violation>& violations) {
  check_acknowledgements(known, violations);
  check_settled(known, violations);
  check_kept(known, violations);
  check_refusals(known, violations);
}

}  // namespace postern::harness::simulate
