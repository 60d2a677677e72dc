// An event's key in the facts makes no event.
// refused: calling a private constructor of class 'postern::scheme::Event'

#include "postern/gate/call.h"
#include "postern/scheme/event.h"

namespace postern::gate {

scheme::Event attempt(const Call& call) { return scheme::Event(call.facts.event); }

}  // namespace postern::gate
