#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// What anybody could have seen of one schedule: at the senders, on the wires, at the store's door,
// at the origin. Checkers read nothing else.

namespace postern::harness::simulate {

/// `a` and `b` of a log entry are named behind each.
enum class Happening : std::uint8_t {
  sent,       // By its sender.
  arrived,    // At a host. a: the host's time.
  called,     // The host sends a ledger call. detail: as `detail_of`.
  applied,    // The store did it. detail: as `detail_of`, and `by_twin`; a: the answer's number, b:
              // the store's time.
  replied,    // The host has the store's answer. detail: as called; a: 0 when there is none.
  forwarded,  // a: postern-attempt; b: the store's time; detail: bit 0 when
              // marked, `only_observed`, the rest is the destination.
  acted,      // The origin did its work. a: postern-attempt.
  origin_answered,  // The gate has the origin's answer. a: status.
  origin_failed,    // No answer. a: 2 refused, 3 timed out, 4 reset.
  answered,         // The gate answers the sender. a: status.
  heard,            // By the sender. a: status, 0 for a broken connection.
  gave_up,          // The sender waits no longer.
  over,             // The gate is done with the delivery.
  died,             // The delivery's host did.
  sleeps,           // The delivery's host does, perhaps past a lease. a: for how long, in ms.
  store_restarted,  // detail: 1 when leases were lost; b: the store's time.
  outage,           // detail: 1 begins, 0 ends.
  redeployed,
  clock,   // a: new offset; detail: 0 host, 1 store.
  struck,  // A fault. detail: Fault; a: its name, for sparing it.
  healed,
  run_began,     // A queue drives a delivery that was accepted.
  enqueued,      // detail: 1 with ticket and body; a: 1 done, 0 failed.
  buried,        // The last run of an event has failed.
  listed,        // At the end, in the store. key: whose; detail: 1 dead, 0 still owed.
  limited,       // A rate limiter was asked. a: 0 unavailable, 1 allowed, 2 denied.
  failed,        // The module gave nothing usable for the delivery.
  looked_up,     // By an operator, who leaves it at that. key: whose; detail: as `detail_of`.
  ordered,       // By an operator. key: whose; detail: as `detail_of`; a: which time.
  administered,  // The store did it. key: whose; detail: as `detail_of`, and `by_twin`; a: the
                 // answer's number; b: the store's time.
  unheard,       // The operator has no answer. key: whose; detail: as `detail_of`.
  carried,       // The store's object takes the delivery, and goes on with it. a: the policy of the
                 // host that hands it over; b: the object's own.
  handed_back,   // The object leaves the step that comes to the host, and what follows.
  carry_lost,    // The host's call breaks: nobody knows what the object does.
};

/// What an operator asks for: the actions of `postern ledger` that change a row.
enum class Order : std::uint8_t { release, redrive, drop };
inline constexpr std::size_t orders_count = 3;

/// What became of an event, as `postern ledger show` tells an operator; checkers do not look.
inline constexpr std::size_t row_states_count = 7;

/// The detail of an operator's doing: the order, the state that it met, and `by_twin`.
[[nodiscard]] inline Order order_of(std::uint8_t detail) { return static_cast<Order>(detail & 3); }
[[nodiscard]] inline std::uint8_t state_of(std::uint8_t detail) { return detail >> 2 & 7; }
[[nodiscard]] inline std::uint8_t detail_of(Order order, std::uint8_t state) {
  return static_cast<std::uint8_t>(static_cast<std::uint8_t>(order) | state << 2);
}
[[nodiscard]] std::string_view name_of(Order order);
[[nodiscard]] std::string_view name_of_state(std::uint8_t state);

/// `fail` is that or `bury`: which, only the module knows.
enum class Verb : std::uint8_t { claim, commit, release, accept, take, fail };

/// Whether it asks for a lease.
[[nodiscard]] inline bool is_grant(Verb verb) { return verb == Verb::claim || verb == Verb::take; }

/// The detail of a ledger call: the verb, the number of the destination, and `by_twin`.
[[nodiscard]] inline Verb verb_of(std::uint8_t detail) { return static_cast<Verb>(detail & 7); }
[[nodiscard]] inline std::uint8_t destination_of(std::uint8_t detail) { return detail >> 3 & 7; }
[[nodiscard]] inline std::uint8_t detail_of(Verb verb, std::uint8_t destination) {
  return static_cast<std::uint8_t>(static_cast<std::uint8_t>(verb) | destination << 3);
}

/// In the detail of `applied`: a second copy of a call, whose answer goes to nobody.
inline constexpr std::uint8_t by_twin = 0x80;

/// In the detail of `forwarded`: with the verdict that a source which observes would have given.
inline constexpr std::uint8_t only_observed = 0x80;

/// In the detail of whatever befalls a delivery: it is the store's object that goes on with it, not
/// the host to which it came.
inline constexpr std::uint8_t by_object = 0x40;

/// Of `forwarded`: the number of the destination.
[[nodiscard]] inline std::uint8_t forwarded_to(std::uint8_t detail) { return detail >> 1 & 7; }

/// In `LogEntry::delivery` and `key`: none.
inline constexpr std::uint16_t nobody = 0xFFFF;

struct LogEntry {
  std::uint64_t at_ms = 0;  // True time since the schedule's start.
  Happening what = Happening::sent;
  std::uint8_t detail = 0;
  std::uint16_t delivery = nobody;
  std::uint16_t key = nobody;  // The n-th event key that was seen.
  /// Of a ledger call, where `key` is a copy's: its content's. Of a forward: what the origin is
  /// told as that.
  std::uint16_t content = nobody;
  std::uint64_t a = 0;
  std::uint64_t b = 0;
};

/// What the sender, or the attacker, knows of a delivery.
struct DeliveryFact {
  std::uint16_t sender = nobody;  // By number; nobody for an attacker's.
  std::uint16_t attacker = nobody;
  std::uint16_t source = 0;  // Whose address it goes to.
  std::uint16_t event = 0;   // Within the source.
  std::uint16_t attempt = 0;
  std::uint16_t copy = 0;
  /// Of a queue's run: the delivery that was accepted, and which destination it is for.
  std::uint16_t parent = nobody;
  std::uint8_t destination = 0;
  /// Of the way through the store's object: the delivery that it carries. No entry names this one:
  /// whoever goes on with a delivery, it is the same.
  std::uint16_t carried_for = nobody;
  bool is_genuine = true;          // Bytes that the source's sender made.
  bool is_from_elsewhere = false;  // From an address that no list has.
  std::uint64_t signed_at_ms = 0;
};

struct Log {
  std::vector<LogEntry> entries;
  std::vector<DeliveryFact> deliveries;
  /// The unix time at which the schedule starts.
  std::uint64_t epoch_ms = 0;
  /// Of all entries and of every frame that the module gave: equal runs have equal traces.
  std::uint64_t trace = 0;
  std::uint64_t strikes = 0;
  std::uint64_t orders = 0;  // Of operators, that a store has done.
  std::uint64_t ended_at_ms = 0;
};

/// `timeline` is the log for people, one line per entry.
[[nodiscard]] std::string timeline(const Log& log);

}  // namespace postern::harness::simulate
