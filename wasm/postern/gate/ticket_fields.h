#pragma once

#include "postern/gate/call.h"
#include "postern/gate/routed.h"

namespace postern::gate {

/// The one place besides their makers that may make a proof: that of a delivery which had it when
/// its ticket was written.
class TicketFields {
 public:
  /// `resume` is `resume_state`. Each module has its own, of the states that it has.
  [[nodiscard]] static StepBytes resume(Call& call, Report& report);

 private:
  [[nodiscard]] static StepBytes resume_forwarding(Call& call, const Routed& routed,
                                                   Report& report);
};

}  // namespace postern::gate
