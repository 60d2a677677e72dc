#pragma once

#include <string>

#include "postern/http/address.h"

namespace postern::compiler {

/// `show_address` writes an address in its one usual spelling: IPv4 with dots, also where it stands
/// in IPv6; IPv6 in lower case without leading zeros, the longest run of two or more zeros as `::`,
/// of equal ones the first.
/// Source: RFC 5952, section 4. Read 2026-11-29.
[[nodiscard]] std::string show_address(const http::Address& address);

}  // namespace postern::compiler
