#include "postern/http/percent.h"

#include <cstddef>

#include "postern/base/bytes.h"
#include "postern/base/work.h"
#include "postern/encoding/hex.h"
#include "postern/encoding/utf8.h"

namespace postern::http {
namespace {

/// The byte that two hex digits stand for.
std::optional<char> hex_byte(std::string_view digits) {
  if (digits.size() < 2) {
    return std::nullopt;
  }
  const unsigned high = encoding::hex_value(digits[0]);
  const unsigned low = encoding::hex_value(digits[1]);
  if ((high | low) >= encoding::not_a_hex_digit) {
    return std::nullopt;
  }
  return static_cast<char>(high << 4 | low);
}

}  // namespace

std::optional<std::string_view> decode_form_component(std::string_view component,
                                                      std::span<char> room) {
  POSTERN_WORK(component.size());
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
