#include "compiler/address_text.h"

#include <fmt/format.h>

#include <array>
#include <cstddef>

namespace postern::compiler {
namespace {

constexpr std::size_t groups = 8;
using Groups = std::array<unsigned, groups>;

/// Zeros that are written as `::`.
struct ZeroRun {
  std::size_t begin = groups;
  std::size_t size = 1;  // One zero alone stays as it is.
};

ZeroRun longest_zeros(const Groups& values) {
  ZeroRun longest;
  for (std::size_t begin = 0; begin < groups; ++begin) {
    std::size_t size = 0;
    while (begin + size < groups && values[begin + size] == 0) {
      ++size;
    }
    if (size > longest.size) {
      longest = {.begin = begin, .size = size};
    }
  }
  return longest;
}

std::string dotted(const http::Address& address) {
  return fmt::format("{}.{}.{}.{}", std::to_integer<unsigned>(address[12]),
                     std::to_integer<unsigned>(address[13]), std::to_integer<unsigned>(address[14]),
                     std::to_integer<unsigned>(address[15]));
}

}  // namespace

std::string show_address(const http::Address& address) {
  if (http::is_ipv4(address)) {
    return dotted(address);
  }
  Groups values{};
  for (std::size_t i = 0; i < groups; ++i) {
    values[i] = std::to_integer<unsigned>(address[2 * i]) << 8 |
                std::to_integer<unsigned>(address[2 * i + 1]);
  }
  const ZeroRun zeros = longest_zeros(values);
  // IPv4-compatible addresses, `::192.0.2.1`, are written as they were meant.
  const bool holds_ipv4 = zeros.begin == 0 && zeros.size == 6;
  std::string text;
  for (std::size_t i = 0; i < groups; ++i) {
    if (i == zeros.begin) {
      text += "::";
      i += zeros.size - 1;
      continue;
    }
    if (holds_ipv4) {
      return text + dotted(address);
    }
    text += fmt::format("{}{:x}", text.empty() || text.ends_with(':') ? "" : ":", values[i]);
  }
  return text;
}

}  // namespace postern::compiler
