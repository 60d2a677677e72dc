#pragma once

#include "postern/gate/call.h"

namespace postern::gate {

/// `keep_headers` leaves of the arrival's headers those that are read, and those that go on to the
/// origin as far as there is room: nobody behind this reads another one. False when what is read is
/// more than a ticket holds. Borrows: from the call's arena.
[[nodiscard]] bool keep_headers(Call& call);

}  // namespace postern::gate
