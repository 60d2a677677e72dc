#pragma once

#include <cstddef>
#include <string>

#include "postern/scheme/signing_scheme.h"

namespace postern::harness::derive {

/// How many other secrets there are for each: one beside which a genuine one stands while they
/// rotate, and one more.
inline constexpr std::size_t other_secrets = 2;

/// `other_secret` is a secret of the same form that signed nothing: for a public key another one of
/// its kind, whose private half nobody has. `number` is less than `other_secrets`.
[[nodiscard]] std::string other_secret(const scheme::SignatureRule& rule, const std::string& secret,
                                       std::size_t number);

}  // namespace postern::harness::derive
