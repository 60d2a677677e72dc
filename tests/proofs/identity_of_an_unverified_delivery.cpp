// Nothing is identified by what was only claimed.
// refused: no known conversion from 'const scheme::Claims' to 'const scheme::Authentic'

#include "postern/gate/states/identifying.h"

namespace postern::gate {

StepBytes attempt(Call& call, const scheme::Claims& claims, scheme::Reading& reading) {
  return identify(call, claims, claims, reading);
}

}  // namespace postern::gate
