#include "postern/gate/address.h"

#include "postern/gate/states/verifying.h"

namespace postern::gate {

/// Who sends from where is the gate's business.
StepBytes look_at_address(Call& call) { return verify(call); }

}  // namespace postern::gate
