#pragma once

#include "postern/gate/call.h"

namespace postern::gate {

/// `look_at_address` takes a delivery on whose source can work: the source may let few addresses
/// in, or count each of them. Next: verifying. May end with 403 429.
[[nodiscard]] StepBytes look_at_address(Call& call);

}  // namespace postern::gate
