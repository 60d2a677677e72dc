#include "postern/gate/signed_query.h"

#include <algorithm>

namespace postern::gate {
namespace {

bool covers_query(const scheme::SignatureRule& rule) {
  return std::ranges::any_of(rule.content, [](const scheme::Part& part) {
    return part.kind == scheme::PartKind::query || part.kind == scheme::PartKind::url;
  });
}

}  // namespace

std::string_view signed_query(const Call& call, const scheme::ProofSeal* seal) {
  const auto rules = call.source->scheme->signatures;
  const bool is_signed =
      seal != nullptr ? covers_query(rules[seal->rule]) : std::ranges::any_of(rules, covers_query);
  return is_signed ? call.arrival.delivery.query : std::string_view{};
}

}  // namespace postern::gate
