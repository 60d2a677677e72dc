#pragma once

#include "postern/gate/call.h"
#include "postern/scheme/event.h"
#include "postern/scheme/reading.h"

namespace postern::gate {

/// `route_event` takes on a delivery whose event has its key: where does it go? May end with a
/// route's answer, or as `route_of` refuses.
[[nodiscard]] StepBytes route_event(Call& call, const scheme::Event& event,
                                    const scheme::EventRule& rule, scheme::Reading& reading);

}  // namespace postern::gate
