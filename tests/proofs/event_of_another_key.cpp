// Who has an event may read its key, and gives it no other one.
// refused: no viable overloaded '='

#include "postern/scheme/event.h"

namespace postern::gate {

void attempt(const scheme::Event& event, const scheme::EventKey& key) { event.facts().key = key; }

}  // namespace postern::gate
