// A route says where to; it is not a permit.
// refused: no known conversion from 'const Routed' to 'const Permit'

#include "postern/gate/states/forwarding.h"

namespace postern::gate {

StepBytes attempt(const Routed& routed) { return forward(routed.call(), routed); }

}  // namespace postern::gate
