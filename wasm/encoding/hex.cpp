#include "encoding/hex.h"

#include "base/check.h"

namespace postern::encoding {
namespace {

/// What `digit_value` gives for a character that is no digit: any bit above the low four.
constexpr unsigned not_a_digit = 0x80;

constexpr unsigned digit_value(char character) {
  const unsigned from_zero = static_cast<unsigned char>(character) - unsigned{'0'};
  const unsigned from_a = static_cast<unsigned char>(character) - unsigned{'a'};
  if (from_zero < 10) {
    return from_zero;
  }
  return from_a < 6 ? from_a + 10 : not_a_digit;
}

constexpr std::string_view digits = "0123456789abcdef";

}  // namespace

std::optional<MutableBytes> decode_hex(std::string_view text, MutableBytes room) {
  const std::size_t count = text.size() / 2;
  if (text.size() % 2 != 0 || count > room.size()) {
    return std::nullopt;
  }
  unsigned seen = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const unsigned high = digit_value(text[2 * i]);
    const unsigned low = digit_value(text[2 * i + 1]);
    seen |= high | low;
    room[i] = static_cast<std::byte>(high << 4 | low);
  }
  if (seen >= not_a_digit) {
    return std::nullopt;
  }
  return room.first(count);
}

std::string_view encode_hex(Bytes bytes, std::span<char> room) {
  POSTERN_CHECK(bytes.size() <= room.size() / 2);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto value = std::to_integer<unsigned>(bytes[i]);
    room[2 * i] = digits[value >> 4];
    room[2 * i + 1] = digits[value & 15];
  }
  return {room.data(), bytes.size() * 2};
}

}  // namespace postern::encoding
