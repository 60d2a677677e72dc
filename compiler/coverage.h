#pragma once

#include "postern/scheme/signing_scheme.h"

// What a signature covers. An identity or a timestamp that it does not cover is whatever an
// attacker wants it to be.

namespace postern::compiler {

[[nodiscard]] bool same_place(const scheme::Locator& left, const scheme::Locator& right);

/// `covers_body` says whether `rule` signs the body or a hash of it that cannot be forged. A sorted
/// form does not count: its names and values are signed without separators, so whoever holds one
/// genuine delivery can cut it into other parameters, and into other bytes.
[[nodiscard]] bool covers_body(const scheme::SignatureRule& rule);

/// `is_covered` says whether every rule of `scheme` that can apply to bodies of `format` signs the
/// value at `at`.
[[nodiscard]] bool is_covered(const scheme::Scheme& scheme, const scheme::Locator& at,
                              scheme::BodyFormat format);

/// `body_is_covered` says the same of the body itself.
[[nodiscard]] bool body_is_covered(const scheme::Scheme& scheme, scheme::BodyFormat format);

/// `identity_part_is_signed` says whether a signature covers what `part` is made of. The event type
/// counts as signed: it is only in effect where the source pins which types there are.
[[nodiscard]] bool identity_part_is_signed(const scheme::Scheme& scheme,
                                           const scheme::IdentityPart& part,
                                           scheme::BodyFormat format);

/// `uses` says whether some rule's content has a part of `kind`.
[[nodiscard]] bool uses(const scheme::Scheme& scheme, scheme::PartKind kind);

/// `is_bearer` says whether any rule is a shared text that signs nothing.
[[nodiscard]] bool is_bearer(const scheme::Scheme& scheme);

}  // namespace postern::compiler
