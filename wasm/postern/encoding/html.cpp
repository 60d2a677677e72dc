#include "postern/encoding/html.h"

#include <algorithm>

#include "postern/base/check.h"

namespace postern::encoding {
namespace {

/// What may stand behind `&`, behind `&#` and its zeros, and behind `&#x` and its zeros, each with
/// the character that it means in front.
constexpr std::string_view names[] = {"<lt;", ">gt;", "&amp;", "\"quot;"};
constexpr std::string_view decimals[] = {"'39;", "\"34;", "<60;", ">62;", "&38;"};
constexpr std::string_view hexadecimals[] = {"'27;", "\"22;", "&26;"};

std::string_view without_zeros(std::string_view text) {
  return text.substr(std::min(text.find_first_not_of('0'), text.size()));
}

/// Takes one reference, whose `&` is gone, off `text`: the character that it means, or 0 and
/// nothing taken.
char take_reference(std::string_view& text) {
  std::span<const std::string_view> references = names;
  std::string_view rest = text;
  if (rest.starts_with('#')) {
    rest.remove_prefix(1);
    const bool is_hexadecimal = rest.starts_with('x') || rest.starts_with('X');
    references = is_hexadecimal ? std::span<const std::string_view>(hexadecimals) : decimals;
    rest = without_zeros(rest.substr(is_hexadecimal ? 1 : 0));
  }
  for (const std::string_view reference : references) {
    if (rest.starts_with(reference.substr(1))) {
      text = rest.substr(reference.size() - 1);
      return reference.front();
    }
  }
  return 0;
}

}  // namespace

std::string_view decode_special_characters(std::string_view text, std::span<char> room) {
  POSTERN_CHECK(text.size() <= room.size());
  std::size_t count = 0;
  while (!text.empty()) {
    char c = text.front();
    text.remove_prefix(1);
    if (c == '&') {
      const char meant = take_reference(text);
      c = meant == 0 ? c : meant;
    }
    room[count++] = c;
  }
  return {room.data(), count};
}

}  // namespace postern::encoding
