#include <algorithm>
#include <string_view>

#include "harness/simulate/campaign.h"

namespace postern::harness::simulate {
namespace {

/// Most schedules that shrinking may run: a second or two.
constexpr int trials_max = 20'000;

class Shrinker {
 public:
  Shrinker(GateModel& gate, Finding finding)
      : gate_(gate), best_(std::move(finding)), promise_(best_.violations.front().promise) {}

  Finding shrink() {
    // What is gone makes room for more to go, so it goes on until nothing does.
    for (bool is_smaller = true; is_smaller && trials_ < trials_max;) {
      is_smaller = false;
      for (const auto drop :
           {&Shrinker::drop_rates, &Shrinker::drop_attacks, &Shrinker::drop_orders,
            &Shrinker::drop_senders, &Shrinker::drop_copies, &Shrinker::drop_carrying,
            &Shrinker::spare_strikes}) {
        is_smaller = (this->*drop)() || is_smaller;
      }
    }
    return std::move(best_);
  }

 private:
  /// Keeps `scenario` when it breaks the same promise.
  bool keeps_failing(const Scenario& scenario) {
    if (++trials_ > trials_max) {
      return false;
    }
    Finding finding = run_schedule(gate_, scenario);
    const bool fails = std::ranges::any_of(finding.violations, [&](const Violation& violation) {
      return violation.promise == promise_;
    });
    if (fails) {
      best_ = std::move(finding);
    }
    return fails;
  }

  bool drop_rates() {
    bool is_smaller = false;
    for (std::size_t i = 0; i < faults_count; ++i) {
      Scenario smaller = best_.scenario;
      if (smaller.rates[i] != 0) {
        smaller.rates[i] = 0;
        is_smaller = keeps_failing(smaller) || is_smaller;
      }
    }
    return is_smaller;
  }

  bool drop_attacks() {
    bool is_smaller = false;
    for (std::size_t i = best_.scenario.attacks.size(); i-- > 0;) {
      Scenario smaller = best_.scenario;
      if (smaller.attacks[i].times > 1) {
        smaller.attacks[i].times = 1;
        is_smaller = keeps_failing(smaller) || is_smaller;
      }
      smaller = best_.scenario;
      smaller.attacks.erase(smaller.attacks.begin() + static_cast<std::ptrdiff_t>(i));
      is_smaller = keeps_failing(smaller) || is_smaller;
    }
    return is_smaller;
  }

  bool drop_orders() {
    bool is_smaller = false;
    for (std::size_t i = best_.scenario.orders.size(); i-- > 0;) {
      Scenario smaller = best_.scenario;
      if (smaller.orders[i].times > 1) {
        smaller.orders[i].times = 1;
        is_smaller = keeps_failing(smaller) || is_smaller;
      }
      smaller = best_.scenario;
      smaller.orders.erase(smaller.orders.begin() + static_cast<std::ptrdiff_t>(i));
      is_smaller = keeps_failing(smaller) || is_smaller;
    }
    return is_smaller;
  }

  bool drop_senders() {
    bool is_smaller = false;
    for (std::size_t i = best_.scenario.senders.size(); i-- > 0;) {
      Scenario smaller = best_.scenario;
      const std::uint16_t number = smaller.senders[i].number;
      if (smaller.senders.size() == 1 ||
          std::ranges::find(smaller.attacks, number, &AttackPlan::sender) !=
              smaller.attacks.end()) {
        continue;
      }
      smaller.senders.erase(smaller.senders.begin() + static_cast<std::ptrdiff_t>(i));
      is_smaller = keeps_failing(smaller) || is_smaller;
    }
    return is_smaller;
  }

  bool drop_copies() {
    bool is_smaller = false;
    for (std::size_t i = 0; i < best_.scenario.senders.size(); ++i) {
      Scenario smaller = best_.scenario;
      if (smaller.senders[i].again_ms != 0) {
        smaller.senders[i].again_ms = 0;
        is_smaller = keeps_failing(smaller) || is_smaller;
      }
      smaller = best_.scenario;
      if (smaller.senders[i].copies > 1) {
        --smaller.senders[i].copies;
        is_smaller = keeps_failing(smaller) || is_smaller;
      }
    }
    return is_smaller;
  }

  bool drop_carrying() {
    Scenario smaller = best_.scenario;
    smaller.carried_forwards_max.reset();
    return best_.scenario.carried_forwards_max.has_value() && keeps_failing(smaller);
  }

  bool spare_strikes() {
    bool is_smaller = false;
    std::vector<std::uint64_t> names;
    for (const LogEntry& entry : best_.log.entries) {
      if (entry.what == Happening::struck) {
        names.push_back(entry.a);
      }
    }
    for (const std::uint64_t name : names) {
      Scenario smaller = best_.scenario;
      smaller.spared.insert(name);
      is_smaller = keeps_failing(smaller) || is_smaller;
    }
    return is_smaller;
  }

  GateModel& gate_;
  Finding best_;
  std::string_view promise_;
  int trials_ = 0;
};

}  // namespace

Finding shrink(GateModel& gate, Finding finding) {
  return Shrinker(gate, std::move(finding)).shrink();
}

}  // namespace postern::harness::simulate
