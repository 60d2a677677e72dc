#include "compiler/coverage.h"

#include <algorithm>

#include "postern/scheme/locators.h"
#include "postern/scheme/proof.h"

namespace postern::compiler {
namespace {

using scheme::BodyFormat;
using scheme::Locator;
using scheme::Part;
using scheme::PartKind;
using scheme::Place;
using scheme::Scheme;
using scheme::SignatureRule;

bool has_part(const SignatureRule& rule, PartKind kind) {
  return std::ranges::find(rule.content, kind, &Part::kind) != rule.content.end();
}

bool may_apply(const SignatureRule& rule, BodyFormat format) {
  return rule.format == BodyFormat::any || format == BodyFormat::any || rule.format == format;
}

bool is_part_of_content(const Scheme& scheme, const SignatureRule& rule, const Locator& at) {
  return std::ranges::any_of(rule.content, [&scheme, &at](const Part& part) {
    switch (part.kind) {
      case PartKind::header:
        return at.place == Place::header && at.name == part.text;
      case PartKind::parameter:
        return at.place == Place::query && at.name == part.text;
      case PartKind::form_field:
        return at.place == Place::form && at.name == part.text && !at.has_pointer;
      case PartKind::timestamp:
        return same_place(at, scheme.timestamp.from);
      case PartKind::id:
        return same_place(at, scheme.id);
      case PartKind::field:
      case PartKind::number:
      case PartKind::truth:
        return at.place == Place::body &&
               std::ranges::equal(at.pointer.tokens, part.pointer.tokens);
      case PartKind::url:
      case PartKind::query:
        return at.place == Place::query;
      default:
        return false;
    }
  });
}

}  // namespace

bool same_place(const Locator& left, const Locator& right) {
  return left.place == right.place && left.name == right.name && left.item == right.item &&
         left.separator == right.separator && left.groups == right.groups &&
         left.has_blanks == right.has_blanks && left.skip == right.skip &&
         left.take == right.take && left.pair == right.pair &&
         left.has_pointer == right.has_pointer &&
         std::ranges::equal(left.pointer.tokens, right.pointer.tokens);
}

bool covers_body(const SignatureRule& rule) {
  const bool hash_in_url = !rule.body_hash_query.empty() &&
                           (has_part(rule, PartKind::url) || has_part(rule, PartKind::query));
  return has_part(rule, PartKind::body) || has_part(rule, PartKind::sha256_body) || hash_in_url;
}

bool is_covered(const Scheme& scheme, const Locator& at, BodyFormat format) {
  return std::ranges::all_of(scheme.signatures, [&](const SignatureRule& rule) {
    return !may_apply(rule, format) || (scheme::is_in_body(at) && covers_body(rule)) ||
           is_part_of_content(scheme, rule, at);
  });
}

bool body_is_covered(const Scheme& scheme, BodyFormat format) {
  return std::ranges::all_of(scheme.signatures, [&](const SignatureRule& rule) {
    return !may_apply(rule, format) || covers_body(rule);
  });
}

bool identity_part_is_signed(const Scheme& scheme, const scheme::IdentityPart& part,
                             BodyFormat format) {
  using scheme::IdentityKind;
  // A longer copy would be another event. What is read out of JSON stays: bytes behind it are none.
  const bool lengthens = std::ranges::any_of(scheme.signatures, scheme::may_be_lengthened);
  switch (part.kind) {
    case IdentityKind::locator:
      return is_covered(scheme, part.at, format);
    case IdentityKind::signed_content:
      return !is_bearer(scheme) && !lengthens;
    case IdentityKind::body:
      return body_is_covered(scheme, format) && !lengthens;
  }
  return false;
}

bool uses(const Scheme& scheme, PartKind kind) {
  return std::ranges::any_of(scheme.signatures,
                             [kind](const SignatureRule& rule) { return has_part(rule, kind); });
}

bool is_bearer(const Scheme& scheme) {
  return std::ranges::any_of(scheme.signatures, [](const SignatureRule& rule) {
    return scheme::is_bearer(rule.algorithm);
  });
}

}  // namespace postern::compiler
