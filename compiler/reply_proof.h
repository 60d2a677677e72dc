#pragma once

#include <optional>
#include <string>

#include "postern/scheme/signing_scheme.h"

// Whether what the gate signs for those who ask could be taken for a delivery. A computed reply is
// a MAC of a text that somebody else chose, under the key of deliveries: were that text all that is
// signed of a delivery, the gate would forge it for whoever asks.

namespace postern::compiler {

/// `signs_token` looks for a rule of `scheme` under which all that is signed of a delivery can be a
/// token, as the condition `token` holds a text to: one character at least, each of its alphabet.
/// Gives the last part that can be in such a text, in the template's own words; nothing where no
/// rule signs one. Each part is taken for the largest set of texts that the core lets through.
[[nodiscard]] std::optional<std::string> signs_token(const scheme::Scheme& scheme);

/// `computes_reply` says whether a challenge is answered with a MAC.
[[nodiscard]] bool computes_reply(const scheme::Challenge& challenge);

}  // namespace postern::compiler
