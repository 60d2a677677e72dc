#include "postern/encoding/utf8.h"

#include <cstdint>

namespace postern::encoding {
namespace {

constexpr bool is_ascii(char c) { return static_cast<signed char>(c) >= 0; }

/// Reads one sequence of two to four bytes. The lead byte narrows what the second byte may be.
const char* skip_character(const char* at, const char* end) {
  const auto byte = [at](std::size_t i) { return static_cast<std::uint8_t>(at[i]); };
  const auto continues = [&](std::size_t i) { return (byte(i) & 0xC0) == 0x80; };
  const std::ptrdiff_t left = end - at;
  const std::uint8_t lead = byte(0);
  if (lead < 0xC2 || lead > 0xF4 || left < 2 || !continues(1)) {
    return nullptr;
  }
  if (lead < 0xE0) {
    return at + 2;
  }
  if (left < 3 || !continues(2)) {
    return nullptr;
  }
  if (lead < 0xF0) {
    const bool is_overlong = lead == 0xE0 && byte(1) < 0xA0;
    const bool is_surrogate = lead == 0xED && byte(1) > 0x9F;
    return is_overlong || is_surrogate ? nullptr : at + 3;
  }
  const bool is_overlong = lead == 0xF0 && byte(1) < 0x90;
  const bool is_too_large = lead == 0xF4 && byte(1) > 0x8F;
  return left < 4 || !continues(3) || is_overlong || is_too_large ? nullptr : at + 4;
}

}  // namespace

const char* skip_characters(const char* at, const char* end) {
  while (at != nullptr && at != end && !is_ascii(*at)) {
    at = skip_character(at, end);
  }
  return at;
}

bool is_utf8(Bytes bytes) {
  const char* at = text_of(bytes).data();
  const char* const end = at + bytes.size();
  while (at != nullptr && at != end) {
    at = is_ascii(*at) ? at + 1 : skip_characters(at, end);
  }
  return bytes.empty() || at != nullptr;
}

}  // namespace postern::encoding
