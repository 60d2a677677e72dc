// What came in goes nowhere before somebody has looked at it.
// refused: no known conversion from 'Arrived' to 'const Permit'

#include "postern/gate/states/arrived.h"
#include "postern/gate/states/forwarding.h"

namespace postern::gate {

StepBytes attempt(Call& call) { return forward(call, Arrived{}); }

}  // namespace postern::gate
