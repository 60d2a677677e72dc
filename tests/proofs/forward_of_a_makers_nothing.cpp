// A maker that gave nothing has given no permit: who asks it has to look.
// refused: no known conversion from 'std::optional<Granted>' to 'const Permit'

#include "postern/gate/states/forwarding.h"

namespace postern::gate {

StepBytes attempt(const Routed& routed, const ledger::Reply& reply) {
  return forward(routed.call(), Granted::make(routed, reply));
}

}  // namespace postern::gate
