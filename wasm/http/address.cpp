#include "http/address.h"

#include <algorithm>
#include <cstdint>

namespace postern::http {
namespace {

constexpr std::size_t groups_max = 8;

int hex_digit(char c) {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/// Reads four numbers with dots between them, to the end of `text`.
bool read_ipv4(std::string_view text, std::byte* to) {
  for (std::size_t part = 0; part < 4; ++part) {
    unsigned number = 0;
    std::size_t digits = 0;
    while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9' && digits < 4) {
      number = 10 * number + static_cast<unsigned>(text[digits++] - '0');
    }
    const bool has_leading_zero = digits > 1 && text[0] == '0';
    const bool ends_well =
        part == 3 ? digits == text.size() : digits < text.size() && text[digits] == '.';
    if (digits == 0 || number > 255 || has_leading_zero || !ends_well) {
      return false;
    }
    to[part] = static_cast<std::byte>(number);
    text.remove_prefix(part == 3 ? digits : digits + 1);
  }
  return true;
}

/// Groups of up to four digits, as many as there are, into `address` from the front.
struct Groups {
  Address address{};
  std::size_t count = 0;
  std::optional<std::size_t> gap;  // How many groups stand before the `::`.

  [[nodiscard]] bool read(std::string_view text);
  [[nodiscard]] bool read_group(std::string_view& text);
  void spread();
};

bool Groups::read_group(std::string_view& text) {
  unsigned number = 0;
  std::size_t digits = 0;
  while (digits < text.size() && digits < 5 && hex_digit(text[digits]) >= 0) {
    number = 16 * number + static_cast<unsigned>(hex_digit(text[digits++]));
  }
  if (digits < text.size() && text[digits] == '.' && count + 2 <= groups_max) {
    const bool is_read = read_ipv4(text, &address[2 * count]);
    text = {};
    count += 2;
    return is_read;
  }
  if (digits == 0 || digits > 4 || count == groups_max) {
    return false;
  }
  address[2 * count] = static_cast<std::byte>(number >> 8U);
  address[2 * count + 1] = static_cast<std::byte>(number & 0xFFU);
  ++count;
  text.remove_prefix(digits);
  return true;
}

bool Groups::read(std::string_view text) {
  if (text.starts_with("::")) {
    gap = 0;
    text.remove_prefix(2);
  }
  while (!text.empty()) {
    if (!read_group(text)) {
      return false;
    }
    if (text.starts_with("::") && !gap.has_value()) {
      gap = count;
      text.remove_prefix(2);
    } else if (text.size() > 1 && text[0] == ':') {
      text.remove_prefix(1);
    } else if (!text.empty()) {
      return false;
    }
  }
  return gap.has_value() ? count < groups_max : count == groups_max;
}

/// Moves the groups behind the gap to the end.
void Groups::spread() {
  if (gap.has_value()) {
    const auto from = address.begin() + 2 * static_cast<std::ptrdiff_t>(*gap);
    const auto end = address.begin() + 2 * static_cast<std::ptrdiff_t>(count);
    std::fill(from, std::move_backward(from, end, address.end()), std::byte{0});
  }
}

}  // namespace

std::optional<Address> parse_address(std::string_view text) {
  Address mapped{};
  mapped[10] = mapped[11] = std::byte{0xFF};
  if (read_ipv4(text, &mapped[12])) {
    return mapped;
  }
  Groups groups;
  if (!groups.read(text)) {
    return std::nullopt;
  }
  groups.spread();
  return groups.address;
}

bool is_ipv4(const Address& address) {
  Address mapped{};
  mapped[10] = mapped[11] = std::byte{0xFF};
  return shares_prefix(address, mapped, 96);
}

bool shares_prefix(const Address& left, const Address& right, unsigned bits) {
  const std::size_t whole = bits / 8;
  if (!std::equal(left.begin(), left.begin() + static_cast<std::ptrdiff_t>(whole), right.begin())) {
    return false;
  }
  const unsigned rest = bits % 8;
  return rest == 0 || (std::to_integer<unsigned>(left[whole] ^ right[whole]) >> (8 - rest)) == 0;
}

}  // namespace postern::http
