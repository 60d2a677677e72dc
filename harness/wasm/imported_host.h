#pragma once

#include "harness/portable/harness_host.h"

namespace postern::harness {

/// `imported_host` is what whoever runs the module lets it have.
[[nodiscard]] const HarnessHost& imported_host();

}  // namespace postern::harness
