// An event without a route and without a claim is not forwarded.
// refused: no known conversion from 'const scheme::Event' to 'const Permit'

#include "postern/gate/states/forwarding.h"
#include "postern/scheme/event.h"

namespace postern::gate {

StepBytes attempt(Call& call, const scheme::Event& event) { return forward(call, event); }

}  // namespace postern::gate
