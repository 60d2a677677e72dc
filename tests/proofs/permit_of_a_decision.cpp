// What a delivery was judged to be permits nothing by itself.
// refused: no viable conversion from returned value of type 'const Decision' to .* 'Permit'

#include "postern/gate/decision.h"
#include "postern/gate/permit.h"

namespace postern::gate {

Permit attempt(const Decision& decision) { return decision; }

}  // namespace postern::gate
