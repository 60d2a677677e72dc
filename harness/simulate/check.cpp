#include "harness/simulate/check.h"

#include <algorithm>

namespace postern::harness::simulate {

void RowNames::hear(const LogEntry& entry) {
  constexpr std::uint64_t accepted = 6;  // `Answer`, as docs/ABI.md numbers it.
  if (entry.what != Happening::applied) {
    return;
  }
  names_.resize(std::max(names_.size(), entry.key + std::size_t{1}));
  RowName& name = names_[entry.key];
  const DeliveryFact& fact = log_.deliveries[entry.delivery];
  if (verb_of(entry.detail) == Verb::accept) {
    if (name.source == nobody || entry.a == accepted) {
      name = {fact.source, fact.event, destination_of(entry.detail)};
    }
  } else if (name.source == nobody) {
    name = {fact.source, fact.event, fact.destination};
  }
}

std::vector<Violation> check_all(const Known& known) {
  std::vector<Violation> violations;
  check_ledger(known, violations);
  check_forwards(known, violations);
  check_answers(known, violations);
  check_admission(known, violations);
  return violations;
}

}  // namespace postern::harness::simulate
