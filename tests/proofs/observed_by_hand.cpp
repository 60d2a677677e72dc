// Only a source that observes forwards what it would refuse.
// refused: calling a private constructor of class 'postern::gate::Observed'

#include "postern/gate/permit.h"

namespace postern::gate {

Permit attempt() { return Observed(); }

}  // namespace postern::gate
