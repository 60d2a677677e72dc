// A reply of the ledger is a permit only with the route that it was asked for.
// refused: no viable conversion from returned value of type 'const ledger::Reply' to .* 'Permit'

#include "postern/gate/permit.h"
#include "postern/ledger/ledger.h"

namespace postern::gate {

Permit attempt(const ledger::Reply& reply) { return reply; }

}  // namespace postern::gate
