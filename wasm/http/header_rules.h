#pragma once

#include <string_view>

namespace postern::http {

/// Whether a header of the sender goes on to the origin. Not: what belongs to one connection, what
/// the forward states anew, credentials and cookies (they were meant for the gate, if for anybody),
/// claims about the way here (anybody can write them), conditional and partial requests, and every
/// name that the gate itself signs. `name` is in lower case.
[[nodiscard]] bool goes_to_origin(std::string_view name);

/// Whether `text` is visible ASCII, spaces and tabs: what every host carries unchanged in a header.
[[nodiscard]] bool is_header_text(std::string_view text);

}  // namespace postern::http
