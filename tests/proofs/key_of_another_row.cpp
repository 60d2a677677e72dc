// Which event was routed stays what it is: its key names the ledger's row.
// refused: no viable overloaded '='

#include "postern/gate/routed.h"

namespace postern::gate {

void attempt(const Routed& routed, const scheme::EventKey& key) { routed.event().key = key; }

}  // namespace postern::gate
