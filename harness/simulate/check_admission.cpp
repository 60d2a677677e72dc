#include <fmt/format.h>

#include <algorithm>

#include "harness/simulate/check.h"
#include "harness/simulate/said.h"

// Who comes in: addresses, rate limits, and sources that only observe.

namespace postern::harness::simulate {
namespace {

// `Limited`, as docs/ABI.md numbers it.
constexpr std::uint64_t denied = 2;

constexpr std::uint64_t forbidden = 403;
constexpr std::uint64_t too_many = 429;
constexpr std::uint64_t unavailable = 503;

/// What became of one delivery.
struct Visit {
  bool was_limited = false;  // The limiter was asked.
  bool is_denied = false;
  bool is_one_too_many = false;  // A copy, says the store.
  bool was_forwarded = false;
  bool has_failed = false;        // Its module gave nothing, and its host answered.
  std::uint64_t origin_said = 0;  // A status that the gate may hand on.
};

class Porter {
 public:
  Porter(const Known& known, std::vector<Violation>& violations)
      : known_(known), violations_(violations), visits_(known.log.deliveries.size()) {}

  void hear(const LogEntry& entry) {
    if (entry.delivery == nobody || fact_of(entry).parent != nobody) {
      return;  // Runs of the queue were let in before.
    }
    Visit& visit = visits_[entry.delivery];
    switch (entry.what) {
      case Happening::limited:
        return limit(entry, visit);
      case Happening::applied:
        visit.is_one_too_many = visit.is_one_too_many || entry.a == said::limited;
        return;
      case Happening::called:
        return enter(entry, visit, "the ledger is asked about a delivery");
      case Happening::forwarded:
        visit.was_forwarded = true;
        return forward(entry, visit);
      case Happening::origin_answered:
        visit.origin_said = entry.a;
        return;
      case Happening::failed:
        visit.has_failed = true;
        return;
      case Happening::answered:
        return answer(entry, visit);
      default:
        return;
    }
  }

 private:
  void limit(const LogEntry& entry, Visit& visit) {
    visit.was_limited = true;
    visit.is_denied = entry.a == denied;
    if (source_of(entry).limited_by.empty()) {
      accuse("limit", "a source without a rate limit counts a delivery", entry);
    }
    if (is_refused_by_address(entry)) {
      accuse("address", "an address that is not listed is counted", entry);
    }
  }

  /// docs/RUNNING.md: what is over its limit or comes from elsewhere is told so, and that is all.
  void enter(const LogEntry& entry, const Visit& visit, std::string_view what) {
    if (visit.is_denied) {
      accuse("limit", fmt::format("{} that is over its limit", what), entry);
    }
    if (is_refused_by_address(entry)) {
      accuse("address", fmt::format("{} from an address that is not listed", what), entry);
    }
    if (!visit.was_limited && !source_of(entry).limited_by.empty()) {
      accuse("limit", fmt::format("{} that nobody has counted", what), entry);
    }
  }

  /// docs/DEPLOYING.md, "Trying it out": the origin sees the verdict, and no signature of the gate.
  void forward(const LogEntry& entry, const Visit& visit) {
    if ((entry.detail & only_observed) == 0) {
      return enter(entry, visit, "the origin is sent a delivery");
    }
    if (!source_of(entry).is_observing) {
      accuse("observe", "a source that enforces forwards what it would not", entry);
    }
    if (entry.a != 0) {
      accuse("observe", "what is only observed carries a key or a signature of the gate", entry);
    }
  }

  void answer(const LogEntry& entry, const Visit& visit) {
    if (visit.has_failed) {
      return;
    }
    const SourceFacts& source = source_of(entry);
    const bool is_ours = entry.a == unavailable && known_.log.strikes != 0;
    if (source.is_observing && !visit.was_forwarded && !is_ours) {
      return accuse("observe", "a source that observes keeps a delivery from its origin", entry);
    }
    if (source.is_observing) {
      return;
    }
    const bool is_elsewhere = is_refused_by_address(entry);
    if (is_elsewhere != (entry.a == forbidden)) {
      accuse("address",
             fmt::format("a delivery from {} address is answered {}",
                         is_elsewhere ? "an unlisted" : "a listed", entry.a),
             entry);
    }
    const bool is_handed_on = entry.a == visit.origin_said || visit.is_one_too_many;
    if (visit.is_denied != (entry.a == too_many && !is_handed_on)) {
      accuse("limit",
             fmt::format("a delivery that is {} its limit is answered {}",
                         visit.is_denied ? "over" : "not over", entry.a),
             entry);
    }
  }

  [[nodiscard]] bool is_refused_by_address(const LogEntry& entry) const {
    const SourceFacts& source = source_of(entry);
    return source.has_addresses && !source.is_observing && fact_of(entry).is_from_elsewhere;
  }

  [[nodiscard]] const DeliveryFact& fact_of(const LogEntry& entry) const {
    return known_.log.deliveries[entry.delivery];
  }

  [[nodiscard]] const SourceFacts& source_of(const LogEntry& entry) const {
    return known_.sources[fact_of(entry).source];
  }

  void accuse(std::string_view promise, std::string what, const LogEntry& entry) {
    violations_.push_back(
        {promise, fmt::format("{} (delivery {})", what, entry.delivery), entry.at_ms});
  }

  const Known& known_;
  std::vector<Violation>& violations_;
  std::vector<Visit> visits_;
};

}  // namespace

void check_admission(const Known& known, std::vector<Violation>& violations) {
  Porter porter(known, violations);
  for (const LogEntry& entry : known.log.entries) {
    porter.hear(entry);
  }
}

}  // namespace postern::harness::simulate
