#pragma once

#include "postern/policy/policy.h"

namespace postern::policy {

/// `features_of` gives what `policy` needs of a module besides what every edition has. Its places
/// and algorithms have been read, so they are known ones.
[[nodiscard]] Features features_of(const Policy& policy);

}  // namespace postern::policy
