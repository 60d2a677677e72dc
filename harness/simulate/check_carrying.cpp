#include <fmt/format.h>

#include <string_view>

#include "harness/simulate/check.h"

// Deliveries that were handed to the store's object: docs/FAILURES.md, "The object that carries the
// delivery". What senders and origins see of them is in the other checkers, which do not care who
// goes on with a delivery.

namespace postern::harness::simulate {
namespace {

constexpr std::uint64_t unheard_of = 503;

/// What is known of one delivery.
struct Trip {
  bool is_taken = false;
  bool is_handed_back = false;
  bool is_lost = false;        // Its host heard nothing.
  bool was_forwarded = false;  // Under a lease.
  bool was_settled = false;
  bool has_failed = false;  // The object's module gave nothing.
};

class CarryBook {
 public:
  CarryBook(const Known& known, std::vector<Violation>& violations)
      : known_(known), violations_(violations), trips_(known.log.deliveries.size()) {}

  void hear(const LogEntry& entry) {
    if (entry.what == Happening::store_restarted) {
      waiting_ = 0;
    }
    if (entry.delivery == nobody) {
      return;
    }
    const bool is_objects = (entry.detail & by_object) != 0;
    is_objects ? hear_of_object(entry, trips_[entry.delivery])
               : hear_of_host(entry, trips_[entry.delivery]);
  }

 private:
  void hear_of_object(const LogEntry& entry, Trip& trip) {
    switch (entry.what) {
      case Happening::carried:
        trip.is_taken = true;
        if (entry.a != entry.b) {
          accuse("the object takes what a host of another version hands it", entry);
        }
        return;
      case Happening::handed_back:
        trip.is_handed_back = true;
        return;
      case Happening::forwarded:
        return forward(entry, trip);
      case Happening::origin_answered:
      case Happening::origin_failed:
        --waiting_;
        return;
      case Happening::replied:
        trip.was_settled = trip.was_settled || !is_grant(verb_of(entry.detail));
        return;
      case Happening::failed:
        trip.has_failed = true;
        return;
      case Happening::over:
        if (trip.was_forwarded && !trip.was_settled && !trip.has_failed) {
          accuse("the object leaves unsettled what it has forwarded", entry);
        }
        return;
      default:
        return;
    }
  }

  void forward(const LogEntry& entry, Trip& trip) {
    const bool has_lease = (entry.detail & only_observed) == 0 && entry.a != 0;
    trip.was_forwarded = trip.was_forwarded || has_lease;
    if (trip.is_handed_back) {
      accuse("the object forwards what it has handed back", entry);
    }
    if (++waiting_ > known_.scenario.carried_forwards_max.value_or(0)) {
      accuse("more forwards of the object wait than it has room for", entry);
    }
  }

  void hear_of_host(const LogEntry& entry, Trip& trip) {
    const bool may_be_elsewhere = trip.is_lost || (trip.is_taken && !trip.is_handed_back);
    switch (entry.what) {
      case Happening::carry_lost:
        trip.is_lost = true;
        return;
      case Happening::forwarded:
      case Happening::enqueued:
        if (may_be_elsewhere) {
          accuse(fmt::format("a host {} a delivery that the object may have",
                             entry.what == Happening::forwarded ? "forwards" : "queues"),
                 entry);
        }
        return;
      case Happening::answered:
        if (trip.is_lost && entry.a != unheard_of) {
          accuse(fmt::format("a delivery of which nobody knows is answered {}", entry.a), entry);
        }
        return;
      default:
        return;
    }
  }

  void accuse(std::string_view what, const LogEntry& entry) {
    violations_.push_back(
        {"carried", fmt::format("{} (delivery {})", what, entry.delivery), entry.at_ms});
  }

  const Known& known_;
  std::vector<Violation>& violations_;
  std::vector<Trip> trips_;
  int waiting_ = 0;  // Forwards of the object.
};

}  // namespace

void check_carrying(const Known& known, std::vector<Violation>& violations) {
  CarryBook book(known, violations);
  for (const LogEntry& entry : known.log.entries) {
    book.hear(entry);
  }
}

}  // namespace postern::harness::simulate
