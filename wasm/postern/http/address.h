#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace postern::http {

/// An IP address in 16 bytes; IPv4 stands in it as ::ffff:a.b.c.d (RFC 4291, section 2.5.5.2).
using Address = std::array<std::byte, 16>;

/// `parse_address` reads what a host says of its client: dotted IPv4, or IPv6 in any of the forms
/// of RFC 4291, section 2.2, without a zone.
///
/// Refuses (nullopt): everything else, and numbers with a leading zero in IPv4, which some read as
/// octal.
[[nodiscard]] std::optional<Address> parse_address(std::string_view text);

/// `is_ipv4` says whether `address` stands for an IPv4 address.
[[nodiscard]] bool is_ipv4(const Address& address);

/// `shares_prefix` says whether the first `bits` of both are the same. `bits` is at most 128.
[[nodiscard]] bool shares_prefix(const Address& left, const Address& right, unsigned bits);

}  // namespace postern::http
