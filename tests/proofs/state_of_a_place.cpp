// A state that an event with a route is in needs one: the ticket's decoder alone brings it back.
// refused: no viable conversion from 'const Place' to 'Routed'

#include "postern/gate/states/claiming.h"

namespace postern::gate {

Claiming attempt(const Place& place) { return Claiming{place}; }

}  // namespace postern::gate
