#include "postern/encoding/base64.h"

#include "postern/base/check.h"

namespace postern::encoding {
namespace {

/// What `digit_value` gives for a character that is no digit: a bit above the low six.
constexpr std::uint32_t not_a_digit = 0x80;

/// The last two digits are all that the alphabets differ in.
struct LastDigits {
  unsigned char digit62;
  unsigned char digit63;
};

constexpr LastDigits last_digits(Base64Alphabet alphabet) {
  return alphabet == Base64Alphabet::url ? LastDigits{'-', '_'} : LastDigits{'+', '/'};
}

constexpr std::uint32_t digit_value(char character, LastDigits last) {
  const std::uint32_t code = static_cast<unsigned char>(character);
  if (code - 'A' < 26) {
    return code - 'A';
  }
  if (code - 'a' < 26) {
    return code - 'a' + 26;
  }
  if (code - '0' < 10) {
    return code - '0' + 52;
  }
  if (code == last.digit62) {
    return 62;
  }
  return code == last.digit63 ? 63 : not_a_digit;
}

constexpr char digit(std::uint32_t value, LastDigits last) {
  value &= 63;
  if (value < 26) {
    return static_cast<char>('A' + value);
  }
  if (value < 52) {
    return static_cast<char>('a' + value - 26);
  }
  if (value < 62) {
    return static_cast<char>('0' + value - 52);
  }
  return static_cast<char>(value == 62 ? last.digit62 : last.digit63);
}

/// `without_padding` gives the digits alone. In the standard alphabet the text must be whole groups
/// of four, with at most two `=` at its end; a third one stays and is refused as no digit.
std::optional<std::string_view> without_padding(std::string_view text, Base64Alphabet alphabet) {
  if (alphabet == Base64Alphabet::url) {
    return text;
  }
  if (text.size() % 4 != 0) {
    return std::nullopt;
  }
  for (int i = 0; i < 2 && text.ends_with('='); ++i) {
    text.remove_suffix(1);
  }
  return text;
}

}  // namespace

std::optional<Bytes> decode_base64(std::string_view text, Base64Alphabet alphabet,
                                   MutableBytes room) {
  const auto digits = without_padding(text, alphabet);
  if (!digits.has_value() || digits->size() % 4 == 1) {
    return std::nullopt;
  }
  // Groups first: `size * 6` would overflow the 32 bits of wasm for a text of 700 MB.
  const std::size_t tail = digits->size() % 4;
  const std::size_t count = digits->size() / 4 * 3 + tail * 6 / 8;
  if (count > room.size()) {
    return std::nullopt;
  }
  const LastDigits last = last_digits(alphabet);
  std::uint32_t seen = 0;
  std::uint32_t bits = 0;
  unsigned bit_count = 0;
  std::size_t written = 0;
  for (const char character : *digits) {
    const std::uint32_t value = digit_value(character, last);
    seen |= value;
    bits = bits << 6 | (value & 63);
    bit_count += 6;
    if (bit_count >= 8) {
      bit_count -= 8;
      room[written++] = static_cast<std::byte>(bits >> bit_count);
    }
  }
  const std::uint32_t left_over = bits & ((1U << bit_count) - 1);
  if (seen >= not_a_digit || left_over != 0) {
    return std::nullopt;
  }
  return Bytes(room.first(count));
}

std::optional<Bytes> decode_base64_lines(std::string_view lines, Arena& arena) {
  const std::span<char> text = arena.make_chars(lines.size());
  std::size_t count = 0;
  for (const char c : lines) {
    if (c != '\n' && c != '\r') {
      text[count++] = c;
    }
  }
  return decode_base64({text.data(), count}, Base64Alphabet::standard, arena.make_bytes(count));
}

std::string_view encode_base64(Bytes bytes, Base64Alphabet alphabet, std::span<char> room) {
  POSTERN_CHECK(base64_characters_max(bytes.size()) <= room.size());
  const LastDigits last = last_digits(alphabet);
  std::uint32_t bits = 0;
  unsigned bit_count = 0;
  std::size_t written = 0;
  for (const std::byte byte : bytes) {
    bits = bits << 8 | std::to_integer<std::uint32_t>(byte);
    bit_count += 8;
    while (bit_count >= 6) {
      bit_count -= 6;
      room[written++] = digit(bits >> bit_count, last);
    }
  }
  if (bit_count > 0) {
    room[written++] = digit(bits << (6 - bit_count), last);
  }
  while (alphabet == Base64Alphabet::standard && written % 4 != 0) {
    room[written++] = '=';
  }
  return {room.data(), written};
}

}  // namespace postern::encoding
