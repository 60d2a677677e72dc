// An event is read from the proof, not from the delivery.
// refused: no viable conversion from 'http::Delivery' to 'const Authentic'

#include "postern/gate/call.h"
#include "postern/scheme/event.h"

namespace postern::gate {

scheme::EventFacts attempt(Call& call, const scheme::EventRule& rule, scheme::Reading& reading) {
  return scheme::read_event(call.arrival.delivery, rule, {}, {}, reading, call.arena,
                            call.facts.event)
      ->facts();
}

}  // namespace postern::gate
