#pragma once

#include <cstdint>
#include <string_view>

namespace postern {

/// Sets of ASCII characters. Other bytes are in none of them.
enum class Characters : std::uint8_t {
  digit,    // 0-9
  label,    // 0-9 a-z -
  word,     // 0-9 A-Z a-z _ -
  path,     // Those of `word`, and / .
  token,    // Those of `path`, and ~ = +
  url,      // Those of `visible` without \ " < > #
  visible,  // ! to ~
  header,   // Those of `visible`, blank and tab.
};

/// `consists_of` says whether every byte of `text` is in `set`; so it is of an empty text.
[[nodiscard]] bool consists_of(std::string_view text, Characters set);

}  // namespace postern
