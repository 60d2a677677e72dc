#include "harness/simulate/check.h"

namespace postern::harness::simulate {

std::vector<Violation> check_all(const Known& known) {
  std::vector<Violation> violations;
  check_ledger(known, violations);
  check_forwards(known, violations);
  check_answers(known, violations);
  return violations;
}

}  // namespace postern::harness::simulate
