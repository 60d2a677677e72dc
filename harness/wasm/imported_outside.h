#pragma once

#include "harness/host/outside.h"

namespace postern::harness {

/// `imported_outside` is the wire, the log and the time of whoever runs the module.
[[nodiscard]] Outside& imported_outside();

}  // namespace postern::harness
