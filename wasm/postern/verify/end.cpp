#include "postern/gate/ending.h"

namespace postern::gate {

/// A source that observes has nowhere to forward to.
StepBytes end(Call& call, const Decision& decision) { return turn_away(call, decision); }

}  // namespace postern::gate
