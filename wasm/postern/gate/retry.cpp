#include "postern/gate/retry.h"

#include <algorithm>

namespace postern::gate {
namespace {

constexpr policy::Retry schedule_by_default = {.kind = policy::RetryKind::exponential,
                                               .jitter_percent = 20,
                                               .attempts = 20,
                                               .first_ms = 10'000,
                                               .longest_ms = 3'600'000,
                                               .horizon_ms = 259'200'000,
                                               .delays_ms = {}};

/// The wait after failure `number`, before jitter; at most `longest_ms`.
std::uint64_t plain_delay_ms(const policy::Retry& schedule, std::uint32_t number) {
  if (schedule.kind == policy::RetryKind::list) {
    const std::size_t last = schedule.delays_ms.size() - 1;
    return schedule.delays_ms[std::min<std::size_t>(number - 1, last)];
  }
  // Both series grow from the wait before: the one adds that wait, the other the one before it.
  std::uint64_t former = schedule.kind == policy::RetryKind::exponential ? schedule.first_ms : 0;
  std::uint64_t delay = schedule.first_ms;
  if (schedule.kind == policy::RetryKind::fixed) {
    return delay;
  }
  for (std::uint32_t i = 1; i < number && delay < schedule.longest_ms; ++i) {
    const std::uint64_t next = delay + former;
    former = schedule.kind == policy::RetryKind::exponential ? next : delay;
    delay = next;
  }
  return delay;
}

}  // namespace

std::optional<std::uint32_t> next_delay_ms(const policy::Retry& schedule,
                                           const FailedAttempt& attempt) {
  if (attempt.number >= schedule.attempts) {
    return std::nullopt;
  }
  const std::uint64_t plain =
      std::min<std::uint64_t>(plain_delay_ms(schedule, attempt.number), schedule.longest_ms);
  const std::uint64_t spread = plain * schedule.jitter_percent / 100;
  const std::uint64_t jittered = plain - spread * attempt.random / UINT32_MAX;
  const std::uint64_t asked = std::min(attempt.retry_after_ms, schedule.longest_ms);
  const std::uint64_t delay = std::max(jittered, asked);
  if (attempt.elapsed_ms + delay > schedule.horizon_ms) {
    return std::nullopt;
  }
  return static_cast<std::uint32_t>(delay);
}

const policy::Retry& default_retry() { return schedule_by_default; }

}  // namespace postern::gate
