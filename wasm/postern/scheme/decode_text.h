#pragma once

#include <optional>
#include <string_view>

#include "postern/base/arena.h"
#include "postern/base/bytes.h"
#include "postern/scheme/signing_scheme.h"

namespace postern::scheme {

/// `decode_text` gives the bytes that `text` stands for.
///
/// Refuses (nothing): empty text, and what is not in the one spelling of its encoding.
/// Borrows: the result refers to `text` or to `arena`.
[[nodiscard]] std::optional<Bytes> decode_text(Encoding encoding, std::string_view text,
                                               Arena& arena);

}  // namespace postern::scheme
