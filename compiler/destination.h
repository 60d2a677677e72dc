#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace postern::compiler {

/// Which origins a policy may name.
enum class OriginRule : std::uint8_t {
  public_https,  // https to public names and addresses only.
  any,           // `allow_private_origins`: http, and the operator's own network.
};

/// What is wrong with a destination. Never quotes it: it may hold credentials.
struct DestinationFault {
  std::string_view code;
  std::string message;
  std::string hint;
};

/// `check_destination` says why `url` must not be forwarded to, or nothing. It is strict where URL
/// parsers differ, so that nobody behind it reads another host than this check did: lower-case
/// scheme and host, no user part, no fragment, no template, addresses in their one usual spelling.
///
/// Source: WHATWG URL, "host parsing"; RFC 6890 and the IANA special-purpose address registries.
[[nodiscard]] std::optional<DestinationFault> check_destination(std::string_view url,
                                                                OriginRule rule);

}  // namespace postern::compiler
