#pragma once

#include <string>
#include <string_view>

#include "postern/base/result.h"
#include "postern/policy/policy.h"

namespace postern::compiler {

/// Why a text is not an address range, and what would be one.
struct AddressFault {
  std::string message;
  std::string hint;
};

/// `parse_address_range` reads an IPv4 or IPv6 address, or one and "/" and the number of leading
/// bits that count. An address alone is a range of one.
///
/// Refuses: what `http::parse_address` does not read; a second spelling of an address, so that
/// equal ranges
///   have equal texts; zones; a range of every address; bits behind the prefix; IPv6 that stands
///   for IPv4, which the gate would compare with IPv4 clients.
/// Source: RFC 4632, section 3.1; RFC 4291, sections 2.2, 2.3 and 2.5.5.2; RFC 5952, section 4.
[[nodiscard]] Result<policy::AddressRange, AddressFault> parse_address_range(std::string_view text);

/// `covers` says whether every address of `inner` is in `outer`.
[[nodiscard]] bool covers(const policy::AddressRange& outer, const policy::AddressRange& inner);

}  // namespace postern::compiler
