#pragma once

#include "postern/base/bytes.h"
#include "postern/gate/call.h"

// Second state: is this delivery its sender's? Everything here works on what nobody has vouched
// for.
//
//   asks: supply_body, mac, fetch_key, check_signature   next: identifying

namespace postern::gate {

/// The body, MACs, a key or signature checks are awaited. Nothing is kept of what was read: the
/// next call reads the claims again, from the same delivery.
struct Verifying {
  static constexpr StateNumber number = StateNumber::verifying;
  [[nodiscard]] StepBytes resume(Call& call, Report& report) const;
};

/// `verify` answers a probe that is not signed, or goes on to the proof. May end with the probe's
/// reply, or 401 405 503.
[[nodiscard]] StepBytes verify(Call& call);

}  // namespace postern::gate
