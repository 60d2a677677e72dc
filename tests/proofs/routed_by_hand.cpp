// A call whose facts have a place is not routed by that.
// refused: calling a private constructor of class 'postern::gate::Routed'

#include "postern/gate/routed.h"

namespace postern::gate {

Routed attempt(Call& call) { return Routed(call); }

}  // namespace postern::gate
