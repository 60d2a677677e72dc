#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "postern/base/arena.h"
#include "postern/base/bytes.h"

// Hexadecimal, with one spelling per value unless the caller says otherwise.

namespace postern::encoding {

/// What `hex_value` gives for a character that is no digit: a bit above the low four.
inline constexpr unsigned not_a_hex_digit = 0x80;

/// `hex_value` is the value of a digit in either case, for texts that are not compared by.
[[nodiscard]] unsigned hex_value(char digit);

/// Whether digits above 9 are in lower case, or in either, each by itself.
enum class HexCase : std::uint8_t { lower, any };

/// `decode_hex` fills the start of `room` and returns that part.
///
/// Refuses: an odd number of digits, anything but `0-9a-f` (with `HexCase::lower` also upper case:
///   it would be a second spelling of the same value), more bytes than `room` holds.
/// Borrows: the result is a view of `room`, whose content is undefined after a refusal.
/// Source: RFC 4648 section 8, with lower case for upper, as senders write it. Read 2026-11-21.
[[nodiscard]] std::optional<Bytes> decode_hex(std::string_view text, HexCase letters,
                                              MutableBytes room);

/// `encode_hex` writes lower case. Too little room (two characters a byte) is our fault and traps.
/// Borrows: the result is a view of `room`.
[[nodiscard]] std::string_view encode_hex(Bytes bytes, std::span<char> room);

/// The same in room of `arena`, which is never too little.
[[nodiscard]] std::string_view encode_hex(Bytes bytes, Arena& arena);

}  // namespace postern::encoding
