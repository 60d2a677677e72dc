#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "harness/simulate/check.h"
#include "harness/simulate/gate_model.h"
#include "harness/simulate/log.h"
#include "harness/simulate/scenario.h"

namespace postern::harness::simulate {

/// One schedule and what was wrong with it.
struct Finding {
  Scenario scenario;
  Log log;
  std::vector<Violation> violations;
};

/// Sums over all schedules of a campaign.
struct Totals {
  std::uint64_t schedules = 0;
  std::uint64_t deliveries = 0;
  std::uint64_t forwards = 0;
  std::uint64_t strikes = 0;
  std::uint64_t happenings = 0;
  std::uint64_t run_twice = 0;
  std::array<std::uint64_t, faults_count> strikes_of{};
  std::uint64_t with_operator = 0;  // Schedules in which one had something done.
  /// How often the store did what an operator asked for, by what the order met.
  std::array<std::array<std::uint64_t, row_states_count>, orders_count> orders{};
  std::uint64_t observed = 0;        // Forwards that are only observed.
  std::uint64_t denied = 0;          // By a rate limiter.
  std::uint64_t copies = 0;          // Of a content that came under another hint: let in,
  std::uint64_t refused_copies = 0;  // not let in by their source,
  std::uint64_t limited_copies = 0;  // or told to come again.
  std::uint64_t carried = 0;         // Deliveries that the store's object took,
  std::uint64_t handed_back = 0;     // and left to their host again.
  std::uint64_t carries_lost = 0;    // Calls of which nobody knows what came.
};

struct CampaignOptions {
  std::uint64_t first_seed = 1;
  std::uint64_t count = 1;
  unsigned jobs = 1;
  MakeEngine make_engine;
  /// Called now and then with the number of schedules done; never at the same time.
  std::function<void(std::uint64_t)> progress;
};

struct CampaignResult {
  Totals totals;
  double seconds = 0;
  /// The failing schedule of the smallest seed among those that were run.
  std::optional<Finding> failure;
};

/// Every schedule whose seed this divides is run a second time, and must leave the same trace.
inline constexpr std::uint64_t run_twice_each = 100;

/// `run_schedule` runs and checks one scenario. What the module may not say is a violation too,
/// named `frames`.
[[nodiscard]] Finding run_schedule(GateModel& gate, const Scenario& scenario);

/// `run_campaign` runs `count` schedules from `first_seed` on, and stops soon after a failure.
[[nodiscard]] CampaignResult run_campaign(const CampaignOptions& options);

/// `shrink` takes strikes, attackers, senders and copies out of a failing schedule as long as the
/// same promise is broken without them.
[[nodiscard]] Finding shrink(GateModel& gate, Finding finding);

}  // namespace postern::harness::simulate
