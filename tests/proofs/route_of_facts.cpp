// Facts that look like an event's are no event: nobody has read them from a verified delivery.
// refused: no viable conversion from 'scheme::EventFacts' to 'const scheme::Event'

#include "postern/gate/routed.h"

namespace postern::gate {

std::optional<Routed> attempt(Call& call) {
  return Routed::make(call, call.facts.event, call.facts.place);
}

}  // namespace postern::gate
