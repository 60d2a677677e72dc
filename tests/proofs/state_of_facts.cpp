// An owed event is one that was verified when it came, not facts that say so.
// refused: no viable conversion from 'const scheme::EventFacts' to 'scheme::Event'

#include "postern/gate/states/owed.h"

namespace postern::gate {

Owed attempt(const Call& call) { return Owed{call.facts.event}; }

}  // namespace postern::gate
