#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "postern/gate/retry.h"

namespace postern::gate {
namespace {

using Delay = std::optional<std::uint32_t>;

policy::Retry schedule_of(policy::RetryKind kind, std::uint32_t first_ms,
                          std::uint32_t longest_ms) {
  return {.kind = kind,
          .jitter_percent = 0,
          .attempts = 9,
          .first_ms = first_ms,
          .longest_ms = longest_ms,
          .horizon_ms = 1'000'000'000,
          .delays_ms = {}};
}

/// The waits after the failures 1, 2, ... until there is none.
std::vector<std::uint32_t> waits(const policy::Retry& schedule) {
  std::vector<std::uint32_t> made;
  for (std::uint32_t number = 1; number <= 100; ++number) {
    const Delay delay = next_delay_ms(schedule, {.number = number});
    if (!delay.has_value()) {
      break;
    }
    made.push_back(*delay);
  }
  return made;
}

TEST(RetrySchedule, DoublesUpToTheLongest) {
  EXPECT_EQ(waits(schedule_of(policy::RetryKind::exponential, 1000, 60'000)),
            (std::vector<std::uint32_t>{1000, 2000, 4000, 8000, 16'000, 32'000, 60'000, 60'000}));
}

TEST(RetrySchedule, StaysFixed) {
  EXPECT_EQ(waits(schedule_of(policy::RetryKind::fixed, 1500, 60'000)),
            (std::vector<std::uint32_t>{1500, 1500, 1500, 1500, 1500, 1500, 1500, 1500}));
}

TEST(RetrySchedule, GrowsAsFibonacciCounts) {
  EXPECT_EQ(waits(schedule_of(policy::RetryKind::fibonacci, 1000, 20'000)),
            (std::vector<std::uint32_t>{1000, 1000, 2000, 3000, 5000, 8000, 13'000, 20'000}));
}

TEST(RetrySchedule, FollowsItsListAndStaysAtTheLast) {
  constexpr std::array<std::uint32_t, 4> list = {5000, 300'000, 1000, 60'000};
  policy::Retry schedule = schedule_of(policy::RetryKind::list, 0, 300'000);
  schedule.delays_ms = list;
  EXPECT_EQ(waits(schedule), (std::vector<std::uint32_t>{5000, 300'000, 1000, 60'000, 60'000,
                                                         60'000, 60'000, 60'000}));
}

TEST(RetrySchedule, EndsWithItsAttempts) {
  policy::Retry schedule = schedule_of(policy::RetryKind::fixed, 1000, 1000);
  schedule.attempts = 1;
  EXPECT_EQ(next_delay_ms(schedule, {.number = 1}), std::nullopt);
  schedule.attempts = 2;
  EXPECT_EQ(next_delay_ms(schedule, {.number = 1}), 1000U);
  EXPECT_EQ(next_delay_ms(schedule, {.number = 2}), std::nullopt);
  EXPECT_EQ(next_delay_ms(schedule, {.number = 65'536}), std::nullopt);
}

TEST(RetrySchedule, ShortensAtRandomByItsJitterAndNoMore) {
  policy::Retry schedule = schedule_of(policy::RetryKind::fixed, 10'000, 10'000);
  schedule.jitter_percent = 20;
  EXPECT_EQ(next_delay_ms(schedule, {.number = 1, .random = 0}), 10'000U);
  EXPECT_EQ(next_delay_ms(schedule, {.number = 1, .random = UINT32_MAX}), 8000U);
  EXPECT_EQ(next_delay_ms(schedule, {.number = 1, .random = UINT32_MAX / 2}), 9001U);
  schedule.jitter_percent = 100;
  EXPECT_EQ(next_delay_ms(schedule, {.number = 1, .random = UINT32_MAX}), 0U);
  EXPECT_EQ(next_delay_ms(schedule, {.number = 1, .random = 0}), 10'000U);
}

TEST(RetrySchedule, KeepsTheLongerWaitThatAnOriginAsksFor) {
  policy::Retry schedule = schedule_of(policy::RetryKind::fixed, 10'000, 60'000);
  EXPECT_EQ(next_delay_ms(schedule, {.number = 1, .retry_after_ms = 9999}), 10'000U);
  EXPECT_EQ(next_delay_ms(schedule, {.number = 1, .retry_after_ms = 30'000}), 30'000U);
  EXPECT_EQ(next_delay_ms(schedule, {.number = 1, .retry_after_ms = 3'600'000}), 60'000U);
  schedule.jitter_percent = 100;
  EXPECT_EQ(next_delay_ms(schedule, {.number = 1, .retry_after_ms = 30'000, .random = UINT32_MAX}),
            30'000U)
      << "no jitter shortens what was asked for";
}

TEST(RetrySchedule, BeginsNoAttemptBehindItsHorizon) {
  policy::Retry schedule = schedule_of(policy::RetryKind::fixed, 10'000, 60'000);
  schedule.horizon_ms = 100'000;
  EXPECT_EQ(next_delay_ms(schedule, {.number = 1, .elapsed_ms = 90'000}), 10'000U);
  EXPECT_EQ(next_delay_ms(schedule, {.number = 1, .elapsed_ms = 90'001}), std::nullopt);
  EXPECT_EQ(next_delay_ms(schedule, {.number = 1, .elapsed_ms = 90'000, .retry_after_ms = 10'001}),
            std::nullopt);
  schedule.horizon_ms = 9999;
  EXPECT_EQ(next_delay_ms(schedule, {.number = 1}), std::nullopt);
}

TEST(RetrySchedule, OfTheLargestNumbersDoesNotOverflow) {
  for (const auto kind : {policy::RetryKind::exponential, policy::RetryKind::fibonacci,
                          policy::RetryKind::fixed, policy::RetryKind::list}) {
    constexpr std::array<std::uint32_t, 1> list = {policy::retry_delay_ms_max};
    policy::Retry schedule =
        schedule_of(kind, policy::retry_delay_ms_max, policy::retry_delay_ms_max);
    schedule.delays_ms = list;
    schedule.jitter_percent = 100;
    schedule.attempts = policy::retry_attempts_max;
    schedule.horizon_ms = UINT64_MAX;
    EXPECT_EQ(next_delay_ms(schedule, {.number = 89, .retry_after_ms = 0, .random = 0}),
              43'200'000U);
    EXPECT_EQ(next_delay_ms(schedule, {.number = 89, .random = UINT32_MAX}), 0U);
    EXPECT_EQ(next_delay_ms(schedule, {.number = 89, .retry_after_ms = UINT32_MAX, .random = 5}),
              43'200'000U);
    EXPECT_EQ(next_delay_ms(schedule, {.number = 90}), std::nullopt);
  }
}

TEST(RetrySchedule, FromOneMillisecondStillReachesTheLongest) {
  policy::Retry schedule = schedule_of(policy::RetryKind::fibonacci, 1, policy::retry_delay_ms_max);
  schedule.attempts = policy::retry_attempts_max;
  const auto made = waits(schedule);
  ASSERT_EQ(made.size(), 89U);
  EXPECT_EQ(made[29], 832'040U);  // The thirtieth Fibonacci number.
  EXPECT_EQ(made.back(), 43'200'000U);
}

TEST(RetrySchedule, ByDefaultGoesOnForHoursAndThenEnds) {
  policy::Retry schedule = default_retry();
  ASSERT_EQ(schedule.jitter_percent, 20);
  schedule.jitter_percent = 0;
  EXPECT_EQ(waits(schedule),
            (std::vector<std::uint32_t>{10'000, 20'000, 40'000, 80'000, 160'000, 320'000, 640'000,
                                        1'280'000, 2'560'000, 3'600'000, 3'600'000, 3'600'000,
                                        3'600'000, 3'600'000, 3'600'000, 3'600'000, 3'600'000,
                                        3'600'000, 3'600'000}));
}

}  // namespace
}  // namespace postern::gate
