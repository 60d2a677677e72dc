#include "postern/base/characters.h"

#include <array>

namespace postern {
namespace {

consteval bool is_in(Characters set, char c) {
  const bool is_digit = c >= '0' && c <= '9';
  const bool is_lower = c >= 'a' && c <= 'z';
  const bool is_visible = c > ' ' && c <= '~';
  const bool is_word = is_digit || is_lower || (c >= 'A' && c <= 'Z') || c == '_' || c == '-';
  const bool is_path = is_word || c == '/' || c == '.';
  switch (set) {
    case Characters::digit:
      return is_digit;
    case Characters::label:
      return is_digit || is_lower || c == '-';
    case Characters::word:
      return is_word;
    case Characters::path:
      return is_path;
    case Characters::token:
      return is_path || c == '~' || c == '=' || c == '+';
    case Characters::url:
      return is_visible && !std::string_view("\\\"<>#").contains(c);
    case Characters::visible:
      return is_visible;
    case Characters::header:
      return is_visible || c == ' ' || c == '\t';
  }
}

/// One byte for each character, one bit of it for each set: a set by itself is code for every
/// range in it.
constexpr auto sets_of = [] {
  std::array<std::uint8_t, 128> sets{};
  for (int c = 0; c < 128; ++c) {
    for (int set = 0; set < 8; ++set) {
      if (is_in(static_cast<Characters>(set), static_cast<char>(c))) {
        sets[static_cast<std::size_t>(c)] |= static_cast<std::uint8_t>(1U << set);
      }
    }
  }
  return sets;
}();

}  // namespace

bool consists_of(std::string_view text, Characters set) {
  const unsigned bit = 1U << static_cast<unsigned>(set);
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= sets_of.size() || (sets_of[byte] & bit) == 0) {
      return false;
    }
  }
  return true;
}

}  // namespace postern
