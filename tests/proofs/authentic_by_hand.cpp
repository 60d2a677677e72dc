// A seal that somebody has filled in is no proof.
// refused: calling a private constructor of class 'postern::scheme::Authentic'

#include "postern/gate/call.h"
#include "postern/scheme/verify.h"

namespace postern::gate {

scheme::Authentic attempt(const Call& call) {
  return scheme::Authentic(call.facts.seal, call.arrival.delivery);
}

}  // namespace postern::gate
