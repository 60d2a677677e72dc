// Where an event goes was decided when it was routed.
// refused: cannot assign to return value because function 'place' returns a const value

#include "postern/gate/routed.h"

namespace postern::gate {

void attempt(const Routed& routed) { routed.place().route = 1; }

}  // namespace postern::gate
