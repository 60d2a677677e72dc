// Whatever has only a place has no event that could be claimed.
// refused: no known conversion from 'const Place' to 'const Routed'

#include "postern/gate/states/claiming.h"

namespace postern::gate {

StepBytes attempt(const Place& place) { return admit(place); }

}  // namespace postern::gate
