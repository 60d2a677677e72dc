#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "harness/host/frames.h"

// A delivery in the forms in which it is typed and printed.

namespace postern::harness {

/// `parse_header` reads NAME=VALUE; nothing for another shape.
[[nodiscard]] std::optional<Header> parse_header(const std::string& text);

/// `type_of_body` is what a sender would call JSON or a form, and empty for anything else.
[[nodiscard]] std::string_view type_of_body(const std::string& body);

/// `as_headers` has a line for each.
[[nodiscard]] std::string as_headers(const Delivery& delivery);

/// `as_json` has method, query, headers, and the body in base64.
[[nodiscard]] std::string as_json(const Delivery& delivery);

/// `curl_command` sends the delivery, byte for byte, from a POSIX shell.
[[nodiscard]] std::string curl_command(const Delivery& delivery, const std::string& url);

/// `in_quotes` is `text` as one word of a POSIX shell, between single quotes.
[[nodiscard]] std::string in_quotes(const std::string& text);

/// `shell_quoted` is `text` as one word of a POSIX shell: as it is where that is one.
[[nodiscard]] std::string shell_quoted(const std::string& text);

}  // namespace postern::harness
