#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// Bytes as text and back, by lines of the harness; not by the core's codecs, which these check.

namespace postern::harness {

[[nodiscard]] std::string to_hex(std::string_view bytes);
/// Nothing for what is no hex, in either case of letters.
[[nodiscard]] std::optional<std::string> from_hex(std::string_view text);

[[nodiscard]] std::string to_base64(std::string_view bytes);
/// The alphabet for URLs, without padding.
[[nodiscard]] std::string to_base64url(std::string_view bytes);
/// Nothing for what is no padded base64.
[[nodiscard]] std::optional<std::string> from_base64(std::string_view text);

/// Nothing for what is none of that alphabet, or is padded.
[[nodiscard]] std::optional<std::string> from_base64url(std::string_view text);

/// `to_rfc3339` writes whole seconds in UTC: `2026-11-21T07:00:00Z`.
[[nodiscard]] std::string to_rfc3339(std::int64_t unix_seconds);
/// `from_rfc3339` reads a date, a time of day and how far it is from UTC; a fraction is left out.
/// Without a zone it is one of UTC. Nothing for another text.
[[nodiscard]] std::optional<std::int64_t> from_rfc3339(std::string_view text);

/// `to_http_date` writes `Sun, 06 Nov 1994 08:49:37 GMT`, and `from_http_date` reads it. Nothing
/// for another text.
[[nodiscard]] std::string to_http_date(std::int64_t unix_seconds);
[[nodiscard]] std::optional<std::int64_t> from_http_date(std::string_view text);

}  // namespace postern::harness
