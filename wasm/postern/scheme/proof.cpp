#include "postern/scheme/proof.h"

#include <algorithm>
#include <array>

#include "postern/base/word_list.h"

namespace postern::scheme {
namespace {

using namespace std::string_view_literals;

/// By the numbers of `Proof`.
constexpr std::array names = {""sv, "signature"sv, "weak"sv, "partial"sv, "token"sv};
constexpr auto name_list = make_word_list<word_list_bytes(names)>(names);

bool takes_forms_only(const Scheme& scheme, const SignatureRule& rule) {
  constexpr http::BodyForms forms =
      http::set_of(http::BodyForm::form) | http::set_of(http::BodyForm::empty);
  return rule.format == BodyFormat::form || (scheme.sends & ~forms) == 0;
}

Proof proof_of_part(const Scheme& scheme, const SignatureRule& rule, const Part& part) {
  switch (part.kind) {
    case PartKind::body:
    case PartKind::sha256_body:
      return Proof::signature;
    case PartKind::form_sorted:
      return takes_forms_only(scheme, rule) ? Proof::signature : Proof::partial;
    case PartKind::url:
    case PartKind::query:
      return rule.body_hash_query.empty() ? Proof::partial : Proof::signature;
    case PartKind::crc32_body:
      return Proof::weak;
    default:
      return Proof::partial;
  }
}

/// Whether others can find a text of the same hash without the secret: by going on where one ends,
/// or by two beginnings of one SHA-1.
bool is_open_digest(const SignatureRule& rule) {
  return rule.algorithm == Algorithm::sha1 || may_be_lengthened(rule);
}

}  // namespace

bool may_be_lengthened(const SignatureRule& rule) {
  return is_plain_hash(rule.algorithm) && !rule.content.empty() &&
         rule.content.back().kind != PartKind::secret;
}

Proof proof_of(const Scheme& scheme, const SignatureRule& rule) {
  Proof proof = rule.content.empty() ? Proof::token : Proof::partial;
  for (const Part& part : rule.content) {
    proof = std::min(proof, proof_of_part(scheme, rule, part));
  }
  return is_open_digest(rule) ? std::max(proof, Proof::weak) : proof;
}

Proof proof_of(const Scheme& scheme) {
  Proof proof = Proof::signature;
  for (const SignatureRule& rule : scheme.signatures) {
    proof = std::max(proof, proof_of(scheme, rule));
  }
  return proof;
}

std::string_view name_of(Proof proof) {
  return WordList(name_list).at(static_cast<std::size_t>(proof));
}

}  // namespace postern::scheme
