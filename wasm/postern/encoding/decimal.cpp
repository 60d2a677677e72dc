#include "postern/encoding/decimal.h"

#include "postern/base/check.h"

namespace postern::encoding {

std::optional<std::uint64_t> decode_integer(std::string_view text) {
  if (text.empty() || (text.front() == '0' && text.size() > 1)) {
    return std::nullopt;
  }
  std::uint64_t value = 0;
  for (const char character : text) {
    const unsigned digit = static_cast<unsigned char>(character) - unsigned{'0'};
    if (digit > 9 || value > (UINT64_MAX - digit) / 10) {
      return std::nullopt;
    }
    value = value * 10 + digit;
  }
  return value;
}

std::optional<std::uint64_t> decode_decimal(std::string_view text) {
  return text.size() > decimal_digits_max ? std::nullopt : decode_integer(text);
}

std::string_view encode_decimal(std::uint64_t value, std::span<char> room) {
  std::size_t count = 1;
  for (std::uint64_t rest = value / 10; rest > 0; rest /= 10) {
    ++count;
  }
  POSTERN_CHECK(count <= room.size());
  for (std::size_t i = count; i > 0; --i) {
    room[i - 1] = static_cast<char>('0' + value % 10);
    value /= 10;
  }
  return {room.data(), count};
}

std::string_view encode_decimal(std::uint64_t value, Arena& arena) {
  return encode_decimal(value, arena.make_chars(decimal_characters_max));
}

}  // namespace postern::encoding
