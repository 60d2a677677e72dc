#pragma once

#include <cstdint>
#include <optional>

#include "postern/policy/policy.h"

namespace postern::gate {

/// What is known when a forward of queue mode has failed.
struct FailedAttempt {
  std::uint32_t number = 0;          // 1 for the first forward.
  std::uint64_t elapsed_ms = 0;      // Since the delivery arrived.
  std::uint32_t retry_after_ms = 0;  // What the origin asked for; 0 when it did not.
  std::uint32_t random = 0;          // Any number, for the jitter.
};

/// `next_delay_ms` says how long the next attempt has to wait by `schedule`, or nothing when this
/// one was the last. A wait that the origin asked for is kept where it is longer, up to
/// `longest_ms`.
[[nodiscard]] std::optional<std::uint32_t> next_delay_ms(const policy::Retry& schedule,
                                                         const FailedAttempt& attempt);

/// The schedule of an event that a route without one left to the queue, because the ledger was
/// down.
[[nodiscard]] const policy::Retry& default_retry();

}  // namespace postern::gate
