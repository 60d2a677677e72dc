// Only a source that says so goes on without a claim.
// refused: calling a private constructor of class 'postern::gate::Unclaimed'

#include "postern/gate/permit.h"

namespace postern::gate {

Permit attempt(const Routed& routed) { return Unclaimed(routed); }

}  // namespace postern::gate
