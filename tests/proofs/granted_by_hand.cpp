// Nobody grants but the ledger.
// refused: calling a private constructor of class 'postern::gate::Granted'

#include "postern/gate/permit.h"

namespace postern::gate {

Permit attempt(const Routed& routed) { return Granted(routed); }

}  // namespace postern::gate
