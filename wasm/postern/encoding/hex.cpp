#include "postern/encoding/hex.h"

#include "postern/base/check.h"

namespace postern::encoding {
namespace {

constexpr std::string_view digits = "0123456789abcdef";

}  // namespace

unsigned hex_value(char digit) {
  const unsigned from_zero = static_cast<unsigned char>(digit) - unsigned{'0'};
  // Letters of the two cases differ in this bit only.
  const unsigned from_a = (static_cast<unsigned char>(digit) | 0x20U) - unsigned{'a'};
  if (from_zero < 10) {
    return from_zero;
  }
  return from_a < 6 ? from_a + 10 : not_a_hex_digit;
}

std::optional<Bytes> decode_hex(std::string_view text, HexCase letters, MutableBytes room) {
  const std::size_t count = text.size() / 2;
  if (text.size() % 2 != 0 || count > room.size()) {
    return std::nullopt;
  }
  unsigned byte = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_other = letters == HexCase::lower && text[i] >= 'A' && text[i] <= 'F';
    const unsigned value = is_other ? not_a_hex_digit : hex_value(text[i]);
    if (value == not_a_hex_digit) {
      return std::nullopt;
    }
    // A byte is written for each of its digits, the second time with both.
    byte = byte << 4 | value;
    room[i / 2] = static_cast<std::byte>(byte);
  }
  return Bytes(room.first(count));
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

std::string_view encode_hex(Bytes bytes, Arena& arena) {
  return encode_hex(bytes, arena.make_chars(2 * bytes.size()));
}

}  // namespace postern::encoding
