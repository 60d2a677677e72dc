#pragma once

#include "postern/base/bytes.h"
#include "postern/gate/call.h"
#include "postern/gate/permit.h"

// The only state that lets anything out.
//
//   asks: mac (the gate's own signature), forward   next: settling, or the end

namespace postern::gate {

/// The gate's signature or the origin's answer is awaited.
struct Forwarding {
  static constexpr StateNumber number = StateNumber::forwarding;
  Permit permit;
  [[nodiscard]] StepBytes resume(Call& call, Report& report) const;
};

/// `forward` sends what `permit` allows to its destination, signed where that has signers. Sender
/// and ledger are told what came of it.
[[nodiscard]] StepBytes forward(Call& call, const Permit& permit);

}  // namespace postern::gate
