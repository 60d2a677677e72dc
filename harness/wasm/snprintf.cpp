#include <array>
#include <cstdarg>
#include <cstddef>
#include <cstdio>
#include <string_view>

#include "postern/base/check.h"

// `snprintf` for what nlohmann's JSON asks of it: control characters, as numbers in hexadecimal.
// The library's own prints a warning when it gives up, which would make the module import a file
// system.

namespace postern::harness {
namespace {

constexpr std::string_view lower_digits = "0123456789abcdef";
constexpr std::string_view upper_digits = "0123456789ABCDEF";

/// The formats of a number, and how many digits it has at least.
struct NumberFormat {
  std::string_view text;
  std::size_t digits;
  std::string_view alphabet;
};
constexpr std::array number_formats = {NumberFormat{"%04x", 4, lower_digits},
                                       NumberFormat{"%.4X", 4, upper_digits},
                                       NumberFormat{"%.2X", 2, upper_digits}};

const NumberFormat& format_at(std::string_view text) {
  for (const NumberFormat& format : number_formats) {
    if (text.starts_with(format.text)) {
      return format;
    }
  }
  trap();
}

}  // namespace
}  // namespace postern::harness

extern "C" int snprintf(char* output, std::size_t size, const char* format, ...) {
  using namespace postern::harness;
  std::va_list numbers;
  va_start(numbers, format);
  std::size_t length = 0;
  for (std::string_view rest = format; !rest.empty();) {
    if (!rest.starts_with('%')) {
      POSTERN_CHECK(length + 1 < size);
      output[length++] = rest.front();
      rest.remove_prefix(1);
      continue;
    }
    const auto& [text, least, alphabet] = format_at(rest);
    rest.remove_prefix(text.size());
    const unsigned number = va_arg(numbers, unsigned);
    std::size_t digits = least;
    while (digits < sizeof number * 2 && number >> (4 * digits) != 0) {
      ++digits;
    }
    POSTERN_CHECK(length + digits < size);
    while (digits > 0) {
      --digits;
      output[length++] = alphabet[number >> (4 * digits) & 15U];
    }
  }
  va_end(numbers);
  output[length] = '\0';
  return static_cast<int>(length);
}
