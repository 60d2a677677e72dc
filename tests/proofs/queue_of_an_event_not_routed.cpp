// A queue takes what a route leads to a queue.
// refused: no known conversion from 'const scheme::Event' to 'const Routed'

#include "postern/gate/states/accepting.h"
#include "postern/scheme/event.h"

namespace postern::gate {

StepBytes attempt(const scheme::Event& event) { return accept(event); }

}  // namespace postern::gate
