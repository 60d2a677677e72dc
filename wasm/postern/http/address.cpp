#include "postern/http/address.h"

#include <algorithm>
#include <span>

#include "postern/base/cut.h"
#include "postern/encoding/decimal.h"
#include "postern/encoding/hex.h"

namespace postern::http {
namespace {

constexpr std::size_t group_bytes = 2;
constexpr std::size_t ipv4_bytes = 4;
constexpr std::size_t mapped_bytes = 12;

/// The first bytes of every address that stands for one of IPv4.
constexpr Address mapped = [] {
  Address address{};
  address[10] = address[11] = std::byte{0xFF};
  return address;
}();

/// Reads four numbers with dots between them.
bool read_ipv4(std::string_view text, std::byte* to) {
  for (std::size_t part = 0; part < ipv4_bytes; ++part) {
    const auto number = encoding::decode_integer(cut(text, '.'));
    if (!number.has_value() || *number > 255) {
      return false;
    }
    to[part] = static_cast<std::byte>(*number);
    const bool is_last = text.data() == nullptr;
    if (is_last != (part + 1 == ipv4_bytes)) {
      return false;
    }
  }
  return true;
}

/// Reads one to four hex digits.
bool read_group(std::string_view text, std::byte* to) {
  unsigned number = 0;
  for (const char digit : text) {
    const unsigned value = encoding::hex_value(digit);
    if (value == encoding::not_a_hex_digit) {
      return false;
    }
    number = number * 16 + value;
  }
  to[0] = static_cast<std::byte>(number >> 8U);
  to[1] = static_cast<std::byte>(number);
  return !text.empty() && text.size() <= 4;
}

bool read_ipv6(std::string_view text, Address& to) {
  if (text.starts_with(':')) {
    text.remove_prefix(1);  // Of a gap at the start, so that it is one empty group, as elsewhere.
    if (!text.starts_with(':')) {
      return false;
    }
  }
  std::size_t at = 0;
  std::optional<std::size_t> gap;  // The byte before which a run of zeros was left out.
  while (text.data() != nullptr) {
    const std::string_view group = cut(text, ':');
    const bool is_last = text.data() == nullptr;
    if (group.empty() && !gap.has_value() && !is_last) {
      gap = at;
    } else if (group.empty() && gap == at && is_last) {
      break;  // A gap at the end is two empty groups.
    } else if (is_last && at + ipv4_bytes <= to.size() && read_ipv4(group, &to[at])) {
      at += ipv4_bytes;
    } else if (at < to.size() && read_group(group, &to[at])) {
      at += group_bytes;
    } else {
      return false;
    }
  }
  if (!gap.has_value()) {
    return at == to.size();
  }
  const std::span<std::byte> all(to);
  std::ranges::copy_backward(all.first(at).subspan(*gap), all.end());
  std::ranges::fill(all.subspan(*gap, all.size() - at), std::byte{});
  return at < to.size();
}

}  // namespace

std::optional<Address> parse_address(std::string_view text) {
  Address address = mapped;
  if (read_ipv4(text, &address[mapped_bytes])) {
    return address;
  }
  address = {};
  return read_ipv6(text, address) ? std::optional(address) : std::nullopt;
}

bool is_ipv4(const Address& address) { return shares_prefix(address, mapped, 8 * mapped_bytes); }

bool shares_prefix(const Address& left, const Address& right, unsigned bits) {
  const std::size_t whole = bits / 8;
  if (!std::ranges::equal(std::span(left).first(whole), std::span(right).first(whole))) {
    return false;
  }
  const unsigned rest = bits % 8;
  return rest == 0 || (std::to_integer<unsigned>(left[whole] ^ right[whole]) >> (8 - rest)) == 0;
}

}  // namespace postern::http
