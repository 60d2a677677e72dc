#include <gtest/gtest.h>

#include <optional>
#include <string_view>
#include <vector>

#include "harness/simulate/campaign.h"
#include "seeded_mistakes.h"

// Deliveries that the store's object carries: hosts that do it wrong on purpose, and whether every
// way that such a delivery can take is taken.

namespace postern::harness::simulate {
namespace {

using namespace testing_support;

/// Whether a schedule whose hosts make that mistake is reported, with `what` in its words.
bool is_caught_at(HostMistake mistake, std::string_view what) {
  GateModel gate(make_native_engine);
  for (std::uint64_t seed = 1; seed <= seeds_max; ++seed) {
    Scenario scenario = make_scenario(seed);
    scenario.mistake = mistake;
    for (const Violation& violation : run_schedule(gate, scenario).violations) {
      if (violation.promise == "carried" && violation.what.contains(what)) {
        return true;
      }
    }
  }
  return false;
}

TEST(Carrying, MissesNoHostThatForwardsAfterALostCall) {
  EXPECT_TRUE(is_caught_at(HostMistake::takes_lost_for_down, "a host forwards"));
}

TEST(Carrying, MissesNoHostThatQueuesAfterALostCall) {
  EXPECT_TRUE(is_caught_at(HostMistake::takes_lost_for_down, "a host queues"));
}

TEST(Carrying, MissesNoObjectThatStopsWithItsCaller) {
  EXPECT_TRUE(is_caught_at(HostMistake::stops_with_its_caller, "leaves unsettled"));
}

TEST(Carrying, MissesNoObjectThatTakesAnotherVersion) {
  EXPECT_TRUE(is_caught_at(HostMistake::takes_another_version, "of another version"));
}

TEST(Carrying, MissesNoForwardWithoutRoom) {
  EXPECT_TRUE(is_caught_at(HostMistake::forwards_without_room, "has room for"));
}

TEST(Carrying, MissesNoDeliveryThatBothGoOnWith) {
  EXPECT_TRUE(is_caught_at(HostMistake::goes_on_and_hands_back, "has handed back"));
}

TEST(Carrying, LetsNoForwardAfterALostCallPassForOneWithoutALedger) {
  // The sender's event goes twice to its origin, and no cause is known: whoever only counts
  // forwards finds it too.
  GateModel gate(make_native_engine);
  bool is_doubled = false;
  for (std::uint64_t seed = 1; seed <= seeds_max && !is_doubled; ++seed) {
    Scenario scenario = make_scenario(seed);
    scenario.mistake = HostMistake::takes_lost_for_down;
    const Finding finding = run_schedule(gate, scenario);
    std::vector<int> by_host(finding.log.deliveries.size());
    std::vector<int> by_object_too(finding.log.deliveries.size());
    for (const LogEntry& entry : finding.log.entries) {
      if (entry.what == Happening::acted) {
        ++((entry.detail & by_object) == 0 ? by_host : by_object_too)[entry.delivery];
      }
    }
    for (std::size_t i = 0; i < by_host.size(); ++i) {
      is_doubled = is_doubled || (by_host[i] > 0 && by_object_too[i] > 0);
    }
  }
  EXPECT_TRUE(is_doubled);
}

/// How often senders are told to come again where nothing is wrong but clocks, `carried` or not.
int told_to_come_again(GateModel& gate, std::optional<std::uint16_t> carried_forwards_max) {
  constexpr std::uint64_t unavailable = 503;
  int times = 0;
  for (std::uint64_t seed = 1; seed <= 1000; ++seed) {
    Scenario scenario = make_scenario(seed);
    scenario.rates = {};
    scenario.rates[static_cast<std::size_t>(Fault::clock_step)] = 65'535;
    scenario.orders.clear();
    scenario.carried_forwards_max = carried_forwards_max;
    for (const LogEntry& entry : run_schedule(gate, scenario).log.entries) {
      times += entry.what == Happening::answered && entry.a == unavailable ? 1 : 0;
    }
  }
  return times;
}

TEST(Carrying, RefusesNobodyBecauseTwoClocksAreApart) {
  GateModel gate(make_native_engine);
  const int alone = told_to_come_again(gate, std::nullopt);
  EXPECT_LT(told_to_come_again(gate, std::uint16_t{5}), 2 * alone + 20) << alone;
}

TEST(Carrying, TakesEveryWay) {
  const CampaignResult result = run_campaign({.first_seed = 1,
                                              .count = 5000,
                                              .jobs = 1,
                                              .make_engine = make_native_engine,
                                              .progress = {}});
  ASSERT_FALSE(result.failure.has_value());
  EXPECT_GT(result.totals.carried, 1000U);
  EXPECT_GT(result.totals.handed_back, 0U);
  EXPECT_GT(result.totals.carries_lost, 100U);
}

}  // namespace
}  // namespace postern::harness::simulate
