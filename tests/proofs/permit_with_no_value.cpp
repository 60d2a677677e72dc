// There is no permit without a kind, such as one of a default.
// refused: implicitly-deleted default constructor of 'Permit'

#include "postern/gate/permit.h"

namespace postern::gate {

Permit attempt() {
  Permit permit;
  return permit;
}

}  // namespace postern::gate
