#pragma once

#include "postern/base/bytes.h"
#include "postern/gate/call.h"
#include "postern/scheme/claims.h"
#include "postern/scheme/reading.h"
#include "postern/scheme/verify.h"

// Third state: which event an authentic delivery reports, and where it goes.
//
//   asks: supply_body, mac (digests)   next: admitting, or claiming, accepting, forwarding at once

namespace postern::gate {

/// The body or digests of it are awaited.
struct Identifying {
  static constexpr StateNumber number = StateNumber::identifying;
  scheme::Authentic authentic;
  [[nodiscard]] StepBytes resume(Call& call, Report& report) const;
};

/// `identify` holds the body to the forms that the sender sends, answers a signed handshake, reads
/// the event and finds its route. May end with the handshake's reply, a route's answer, or 400.
[[nodiscard]] StepBytes identify(Call& call, const scheme::Authentic& authentic,
                                 const scheme::Claims& claims, scheme::Reading& reading);

/// Whether that reads the body's bytes.
[[nodiscard]] bool identifying_needs_body(const Call& call);

}  // namespace postern::gate
