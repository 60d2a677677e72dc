#include "http/percent.h"

#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "encoding/utf8.h"

namespace postern::http {
namespace {

/// The value of a hex digit, or 16 for another character.
constexpr std::uint32_t hex_value(char digit) {
  if (digit >= '0' && digit <= '9') {
    return static_cast<std::uint32_t>(digit - '0');
  }
  const char lower = static_cast<char>(digit | 0x20);
  return lower >= 'a' && lower <= 'f' ? static_cast<std::uint32_t>(lower - 'a' + 10) : 16;
}

/// The byte that two hex digits stand for.
constexpr std::optional<char> hex_byte(std::string_view digits) {
  if (digits.size() < 2) {
    return std::nullopt;
  }
  const std::uint32_t high = hex_value(digits[0]);
  const std::uint32_t low = hex_value(digits[1]);
  if (high > 15 || low > 15) {
    return std::nullopt;
  }
  return static_cast<char>(high << 4 | low);
}

}  // namespace

std::optional<std::string_view> decode_form_component(std::string_view component,
                                                      std::span<char> room) {
  std::size_t used = 0;
  for (std::size_t at = 0; at < component.size(); ++at) {
    char byte = component[at] == '+' ? ' ' : component[at];
    if (component[at] == '%') {
      const std::optional<char> decoded = hex_byte(component.substr(at + 1));
      if (!decoded.has_value()) {
        return std::nullopt;
      }
      byte = *decoded;
      at += 2;
    }
    if (byte == '\0' || used == room.size()) {
      return std::nullopt;
    }
    room[used++] = byte;
  }
  const std::string_view text(room.data(), used);
  return encoding::is_utf8(bytes_of(text)) ? std::optional(text) : std::nullopt;
}

}  // namespace postern::http
