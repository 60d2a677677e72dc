#pragma once

#include <cstdint>
#include <string_view>

#include "postern/scheme/reason.h"

namespace postern::gate {

enum class Verdict : std::uint8_t {
  forwarded = 0,
  duplicate = 1,
  busy = 2,
  refused = 3,
  handshake = 4,
  accepted = 5,
  unrouted = 6,
  failed = 7,
};

/// What became of a delivery, and what its sender is told.
struct Decision {
  Verdict verdict = Verdict::forwarded;
  Reason reason = Reason::none;
  std::uint16_t status = 0;
  /// The origin's; of a duplicate that of the forward that counted. 0 without an answer.
  std::uint16_t origin_status = 0;
  std::uint32_t retry_after_seconds = 0;  // 0: not said.
};

/// `refusal` is the decision for `reason`: refused, or failed where the fault is ours and nothing
/// is wrong with the delivery.
[[nodiscard]] Decision refusal(Reason reason);

/// `retry_after` is `seconds` as a `Retry-After` has them: between one second and an hour, whatever
/// an origin or a ledger says. `retry_after_ms` rounds up.
[[nodiscard]] std::uint32_t retry_after(std::uint64_t seconds);
[[nodiscard]] std::uint32_t retry_after_ms(std::uint64_t ms);

[[nodiscard]] std::string_view name_of(Verdict verdict);

}  // namespace postern::gate
