#pragma once

#include "postern/policy/policy.h"

namespace postern::policy {

/// `fits_together` says whether the fields of a policy, each of which was read within its limits,
/// go together, so that later code may rely on it: numbers lead somewhere, sources can verify,
/// routes can forward.
[[nodiscard]] bool fits_together(const Policy& policy);

}  // namespace postern::policy
