// A proof of who sent a delivery does not say that its event is this delivery's to forward.
// refused: no known conversion from 'const scheme::Authentic' to 'const Permit'

#include "postern/gate/states/forwarding.h"
#include "postern/scheme/verify.h"

namespace postern::gate {

StepBytes attempt(Call& call, const scheme::Authentic& proof) { return forward(call, proof); }

}  // namespace postern::gate
