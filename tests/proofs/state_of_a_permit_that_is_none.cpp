// Nothing waits for an origin's answer that had no permit to be sent.
// refused: no viable conversion from 'const Routed' to 'Permit'

#include "postern/gate/states/forwarding.h"

namespace postern::gate {

Forwarding attempt(const Routed& routed) { return Forwarding{routed}; }

}  // namespace postern::gate
