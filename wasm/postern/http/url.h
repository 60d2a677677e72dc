#pragma once

#include <optional>
#include <string_view>

namespace postern::http {

/// An absolute http or https URL taken apart, nothing decoded or normalised. Borrows from its text.
struct Url {
  std::string_view scheme;  // `http` or `https`, in lower case as written.
  std::string_view user;    // Without `@`; empty when there is none.
  std::string_view host;    // As written; an IPv6 address with its brackets.
  std::string_view port;    // Digits, or empty.
  std::string_view path;    // From its slash; may be empty.
  std::string_view query;   // Without the question mark.
};

/// `parse_url` takes `text` apart.
///
/// Refuses (nothing): another scheme or spelling of it, an empty host, a port that is not digits, a
///   fragment, and every character that is not visible ASCII, or is `\`, `"`, `<`, `>`.
[[nodiscard]] std::optional<Url> parse_url(std::string_view text);

/// `is_host_name` says whether `host` is a plain DNS name in lower case with at least one dot, not
/// an address in any spelling.
[[nodiscard]] bool is_host_name(std::string_view host);

enum class PrivateOrigins : unsigned char { refused = 0, allowed = 1 };

/// `is_destination` says whether a forward may go to `url`: https, no user part, and a public host
/// by name. With `PrivateOrigins::allowed` also plain http, addresses and local names.
[[nodiscard]] bool is_destination(std::string_view url, PrivateOrigins private_origins);

}  // namespace postern::http
