#include "harness/simulate/check.h"

#include <algorithm>

#include "harness/simulate/said.h"

namespace postern::harness::simulate {

void RowNames::hear(const LogEntry& entry) {
  if (entry.what != Happening::applied) {
    return;
  }
  names_.resize(std::max(names_.size(), entry.key + std::size_t{1}));
  RowName& name = names_[entry.key];
  const DeliveryFact& fact = log_.deliveries[entry.delivery];
  if (verb_of(entry.detail) == Verb::accept) {
    if (name.source == nobody || entry.a == said::accepted) {
      name = {fact.source, fact.event, destination_of(entry.detail)};
    }
  } else if (name.source == nobody || entry.a == said::granted) {
    name = {fact.source, fact.event, fact.destination};
  }
}

RowOwner owner_of_row(const LogEntry& entry, const Known& known) {
  const DeliveryFact& fact = known.log.deliveries[entry.delivery];
  const SourceFacts& source = known.sources[fact.source];
  const bool is_copy = entry.content != nobody && entry.content != entry.key;
  return {.source = fact.source,
          .content = content_of(source, fact.event),
          .copy_of = is_copy ? entry.content : nobody,
          .hint = is_copy ? hint_of(fact.event) : std::uint16_t{0}};
}

std::vector<Violation> check_all(const Known& known) {
  std::vector<Violation> violations;
  check_ledger(known, violations);
  check_forwards(known, violations);
  check_answers(known, violations);
  check_admission(known, violations);
  check_copies(known, violations);
  check_carrying(known, violations);
  return violations;
}

}  // namespace postern::harness::simulate
