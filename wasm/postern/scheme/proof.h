#pragma once

#include <cstdint>
#include <string_view>

#include "postern/scheme/signing_scheme.h"

namespace postern::scheme {

/// What a delivery that verified proves of itself, from the most to the least. Computed from what a
/// rule signs, here and nowhere else: no file says it.
enum class Proof : std::uint8_t {
  none = 0,       // Nothing: it did not verify.
  signature = 1,  // Who sent it, and its whole body, by its bytes or a digest that nobody can meet.
  weak = 2,       // Who sent it, and a hash of its body, for which others can be found.
  partial = 3,    // Who sent it, and the named parts of it alone.
  token = 4,      // That its sender knows a text. Nothing of the delivery.
};

/// `proof_of` gives what `rule` of `scheme` proves, or the least that one of its rules does. A form
/// that is signed as sorted fields counts as a whole body where no other body is let in.
[[nodiscard]] Proof proof_of(const Scheme& scheme, const SignatureRule& rule);
[[nodiscard]] Proof proof_of(const Scheme& scheme);

/// `may_be_lengthened` says whether whoever has a delivery of `rule` can write a longer one with a
/// right signature: a plain hash goes on from what it gave, unless the secret ends what is hashed.
/// Source: M. Stevens and others on SHA-1, and RFC 2104 section 1 for why HMAC is none. Read
/// 2026-11-30.
[[nodiscard]] bool may_be_lengthened(const SignatureRule& rule);

/// `name_of` gives the word of records, headers and messages; no text for `none`.
[[nodiscard]] std::string_view name_of(Proof proof);

}  // namespace postern::scheme
