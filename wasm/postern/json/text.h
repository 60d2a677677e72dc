#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

// The meaning of raw string and number texts, such as `extract` gives.

namespace postern::json {

/// `unescape` decodes `raw`, the text between the quotes of a JSON string, into `room`. The result
/// is never longer than `raw`, and is UTF-8 when `raw` is.
///
/// Refuses (nothing): a lone surrogate escape, an escape that is none, a result that does not fit.
/// Borrows: the result refers to `room`, or to `raw` when there is nothing to decode.
[[nodiscard]] std::optional<std::string_view> unescape(std::string_view raw, std::span<char> room);

/// `has_one_meaning` says whether every escape of `raw` stands for a character: no lone surrogates.
[[nodiscard]] bool has_one_meaning(std::string_view raw);

/// `unescapes_to` says whether `raw` means exactly `text`; needs no room.
[[nodiscard]] bool unescapes_to(std::string_view raw, std::string_view text);

/// `canonical_integer` gives the value of a number written in the only way that has one spelling:
/// digits, without sign, fraction, exponent or leading zero, and below 2^64. Identities and
/// timestamps take no other number: `1`, `1.0` and `1e0` would be three names of one event.
[[nodiscard]] std::optional<std::uint64_t> canonical_integer(std::string_view raw);

}  // namespace postern::json
