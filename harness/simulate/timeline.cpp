#include <fmt/format.h>

#include <array>

#include "harness/simulate/log.h"
#include "harness/simulate/scenario.h"

namespace postern::harness::simulate {
namespace {

std::string_view name_of(Verb verb) {
  constexpr std::string_view names[] = {"claim",  "commit", "release",
                                        "accept", "take",   "fail or bury"};
  return names[static_cast<std::size_t>(verb)];
}

std::string_view name_of_answer(std::uint64_t answer) {
  constexpr std::string_view names[] = {"?",       "granted",  "busy",      "duplicate", "done",
                                        "ignored", "accepted", "elsewhere", "limited"};
  return answer < std::size(names) ? names[answer] : "?";
}

std::string who(const Log& log, std::uint16_t delivery) {
  const DeliveryFact& fact = log.deliveries[delivery];
  if (fact.parent != nobody) {
    return fmt::format("run {} (of delivery {}, to {})", delivery, fact.parent, fact.destination);
  }
  const std::string from = fact.sender == nobody ? fmt::format("attacker {}", fact.attacker)
                                                 : fmt::format("sender {}", fact.sender);
  return fmt::format("delivery {} ({}, try {}{})", delivery, from, fact.attempt + 1,
                     fact.copy == 0 ? "" : fmt::format(", copy {}", fact.copy + 1));
}

std::string what_of_calls(const LogEntry& entry) {
  const Verb verb = verb_of(entry.detail);
  switch (entry.what) {
    case Happening::called:
      return fmt::format("asks the ledger: {}, key {}", name_of(verb), entry.key);
    case Happening::applied:
      return fmt::format("{} at the store{}: {} (store's time ...{:07})", name_of(verb),
                         (entry.detail & by_twin) != 0 ? ", a second time" : "",
                         name_of_answer(entry.a), entry.b % 10'000'000);
    default:
      return fmt::format("{}: {}", name_of(verb),
                         entry.a == 0 ? "the ledger is unavailable" : "the reply is here");
  }
}

std::string what_of_delivery(const LogEntry& entry) {
  switch (entry.what) {
    case Happening::sent:
      return "is sent";
    case Happening::arrived:
      return fmt::format("arrives (host's time ...{:07})", entry.a % 10'000'000);
    case Happening::forwarded:
      if ((entry.detail & only_observed) != 0) {
        return "is forwarded because its source only observes";
      }
      return fmt::format("is forwarded, attempt {}{}", entry.a,
                         (entry.detail & 1) != 0 ? ", maybe duplicate" : "");
    case Happening::acted:
      return "the origin acts on it";
    case Happening::origin_answered:
      return fmt::format("the origin answers {}", entry.a);
    case Happening::origin_failed:
      return entry.a == 2   ? "no connection to the origin"
             : entry.a == 3 ? "the origin's time is over"
                            : "the origin's connection breaks";
    case Happening::answered:
      return fmt::format("is answered {}", entry.a);
    case Happening::heard:
      return entry.a == 0 ? "its sender sees the connection break"
                          : fmt::format("its sender hears {}", entry.a);
    case Happening::gave_up:
      return "its sender waits no longer";
    case Happening::over:
      return "is done with";
    case Happening::died:
      return "its host dies";
    case Happening::sleeps:
      return fmt::format("its host sleeps for {} ms", entry.a);
    case Happening::run_began:
      return "begins";
    case Happening::enqueued:
      return fmt::format(
          "{} {}",
          entry.detail == 1 ? "the queue is given all of it:" : "the queue is given references:",
          entry.a == 1 ? "done" : "failed");
    case Happening::buried:
      return "is given up";
    case Happening::limited:
      return entry.a == 0   ? "the rate limiter cannot be asked"
             : entry.a == 1 ? "is within its rate limit"
                            : "is over its rate limit";
    case Happening::carried:
      return "is taken over";
    case Happening::handed_back:
      return "is handed back";
    case Happening::carry_lost:
      return "nobody knows what became of its call";
    case Happening::failed:
      return "its module gives nothing usable";
    case Happening::listed:
      return fmt::format("is left in the store for destination {}: {}", entry.a,
                         entry.detail == 1 ? "dead" : "still owed");
    default:
      return what_of_calls(entry);
  }
}

std::string what_of_operator(const LogEntry& entry) {
  const std::string_view order = name_of(order_of(entry.detail));
  const std::string_view state = name_of_state(state_of(entry.detail));
  switch (entry.what) {
    case Happening::looked_up:
      return fmt::format("operator: leaves key {} alone, which is {}: no {}", entry.key, state,
                         order);
    case Happening::ordered:
      return fmt::format("operator: {} of key {}, which is {}{}", order, entry.key, state,
                         entry.a == 1 ? "" : fmt::format(", try {}", entry.a));
    case Happening::administered:
      return fmt::format("{} of key {} at the store{}: was {}, {} (store's time ...{:07})", order,
                         entry.key, (entry.detail & by_twin) != 0 ? ", a second time" : "", state,
                         name_of_answer(entry.a), entry.b % 10'000'000);
    default:
      return fmt::format("operator: hears nothing of the {} of key {}", order, entry.key);
  }
}

std::string what_of_world(const LogEntry& entry) {
  switch (entry.what) {
    case Happening::looked_up:
    case Happening::ordered:
    case Happening::administered:
    case Happening::unheard:
      return what_of_operator(entry);
    case Happening::store_restarted:
      return entry.detail == 1 ? "the store restarts and has lost its leases"
                               : "the store restarts and has lost nothing";
    case Happening::outage:
      return entry.detail == 1 ? "the store is out" : "the store is back";
    case Happening::redeployed:
      return "another policy is deployed";
    case Happening::clock:
      return fmt::format("the {} clock is {} ms off or stands still",
                         entry.detail == 0 ? "hosts'" : "store's",
                         static_cast<std::int64_t>(entry.a));
    case Happening::struck:
      return fmt::format("fault: {}", name_of(static_cast<Fault>(entry.detail)));
    default:
      return "all faults end";
  }
}

}  // namespace

std::string_view name_of(Order order) {
  constexpr std::array<std::string_view, orders_count> names = {"release", "redrive", "drop"};
  return names[static_cast<std::size_t>(order)];
}

std::string_view name_of_state(std::uint8_t state) {
  constexpr std::array<std::string_view, row_states_count> names = {
      "absent", "claimed", "retryable", "done", "accepted", "delivering", "dead"};
  return state < names.size() ? names[state] : "?";
}

std::string timeline(const Log& log) {
  std::string text;
  for (const LogEntry& entry : log.entries) {
    text += fmt::format("{:>10}.{:03}  ", entry.at_ms / 1000, entry.at_ms % 1000);
    text += entry.delivery == nobody
                ? what_of_world(entry)
                : fmt::format("{:<32} {}{}", who(log, entry.delivery),
                              (entry.detail & by_object) != 0 ? "at the object: " : "",
                              what_of_delivery(entry));
    text += '\n';
  }
  return text;
}

}  // namespace postern::harness::simulate
