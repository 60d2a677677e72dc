#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "postern/base/arena.h"

// Whole numbers in decimal, one spelling per value: "+1", "01" and "1" would be three spellings of
// one timestamp, and a duplicate filter would take them for three deliveries.

namespace postern::encoding {

/// Most digits that `decode_decimal` reads: every number of 19 digits fits in 64 bits. No sender's
/// timestamp comes near; nanoseconds since 1970 have 19 digits until the year 2286.
inline constexpr std::size_t decimal_digits_max = 19;

/// Most characters that `encode_decimal` writes: 2^64 - 1 has 20 digits.
inline constexpr std::size_t decimal_characters_max = 20;

/// `decode_integer` reads the whole of `text`.
/// Refuses: empty text, anything but `0-9`, a leading zero (but "0" itself), 2^64 and above.
[[nodiscard]] std::optional<std::uint64_t> decode_integer(std::string_view text);

/// `decode_decimal` is `decode_integer` for at most `decimal_digits_max` digits.
[[nodiscard]] std::optional<std::uint64_t> decode_decimal(std::string_view text);

/// `encode_decimal` writes `value` without leading zeros. Less room than it needs is our fault and
/// traps; `decimal_characters_max` is always enough.
/// Borrows: the result is a view of `room`.
[[nodiscard]] std::string_view encode_decimal(std::uint64_t value, std::span<char> room);

/// The same in room of `arena`, which is never too little.
[[nodiscard]] std::string_view encode_decimal(std::uint64_t value, Arena& arena);

}  // namespace postern::encoding
