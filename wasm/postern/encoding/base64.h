#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "postern/base/arena.h"
#include "postern/base/bytes.h"

// Base64 with one spelling per value. Most decoders accept several texts for the same bytes; a gate
// that compares, counts or remembers by text must accept one.

namespace postern::encoding {

enum class Base64Alphabet : std::uint8_t {
  standard,  // `+` and `/`, always padded to a multiple of four (RFC 4648 section 4).
  url,  // `-` and `_`, never padded (RFC 4648 section 5, as JWS writes it: RFC 7515 section 2).
};

/// `decode_base64` fills the start of `room` and returns that part. Empty text is zero bytes.
///
/// Refuses: a character of the other alphabet or of none (space, line end, NUL), padding that is
///   missing, in excess or inside, bits set behind the last byte, more bytes than `room` holds.
/// Borrows: the result is a view of `room`, whose content is undefined after a refusal.
/// Source: RFC 4648 sections 3.2, 3.3 and 3.5, each by its strict reading. Read 2026-11-21.
[[nodiscard]] std::optional<Bytes> decode_base64(std::string_view text, Base64Alphabet alphabet,
                                                 MutableBytes room);

/// `decode_base64_lines` decodes the standard alphabet broken into lines, as PEM has it.
/// Refuses: as `decode_base64`, line ends aside.
/// Borrows: the result is in `arena`.
[[nodiscard]] std::optional<Bytes> decode_base64_lines(std::string_view lines, Arena& arena);

/// `base64_characters_max` is enough room for `encode_base64` in either alphabet.
[[nodiscard]] constexpr std::size_t base64_characters_max(std::size_t byte_count) {
  return (byte_count + 2) / 3 * 4;
}

/// `encode_base64` writes the one spelling that `decode_base64` accepts. Less room than
/// `base64_characters_max` is our fault and traps.
/// Borrows: the result is a view of `room`.
[[nodiscard]] std::string_view encode_base64(Bytes bytes, Base64Alphabet alphabet,
                                             std::span<char> room);

}  // namespace postern::encoding
