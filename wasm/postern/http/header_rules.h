#pragma once

#include <string_view>

namespace postern::http {

/// Whether a header of that name never goes from a sender to an origin, whatever a list says. Kept
/// back are:
///
/// - a name that is not of `a-z 0-9 -`: behind CGI and WSGI an underscore, and in places any other
///   character, is the same as a hyphen, so such a name would be a second header of another name;
/// - what belongs to one connection, and what the forward states anew;
/// - credentials, by any word for them: they were meant for the gate, if for anybody;
/// - claims about the way here, about who asks and for what, which origins take for their proxy's;
/// - conditional and partial requests, and other methods;
/// - every name that the gate itself speaks by.
[[nodiscard]] bool is_kept_back(std::string_view name);

/// Whether a header of that name says what the body is: every sender's goes on.
[[nodiscard]] bool is_content_header(std::string_view name);

/// Whether `text` is visible ASCII, spaces and tabs: what every host carries unchanged in a header.
[[nodiscard]] bool is_header_text(std::string_view text);

}  // namespace postern::http
