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

/// Stands before the name of a function of the program that the gate runs in: `handler:book`. It is
/// a setting of that whole name, whose value such a host makes up.
inline constexpr std::string_view handler_mark = "handler:";

/// A value for one where nobody runs it.
inline constexpr std::string_view handler_address = "https://handler.invalid/";

[[nodiscard]] inline bool is_handler(std::string_view text) {
  return text.starts_with(handler_mark);
}

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

/// `check_handler` says why `text`, which `is_handler`, names no function, or nothing.
[[nodiscard]] std::optional<DestinationFault> check_handler(std::string_view text);

}  // namespace postern::compiler
