// Who has a proof may read what it proves, and nothing else becomes true by it.
// refused: cannot assign to return value because function 'seal' returns a const value

#include "postern/scheme/verify.h"

namespace postern::gate {

void attempt(const scheme::Authentic& proof) { proof.seal().slot = 1; }

}  // namespace postern::gate
