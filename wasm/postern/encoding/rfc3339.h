#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace postern::encoding {

/// `decode_rfc3339` gives the unix time in seconds of
/// `YYYY-MM-DDTHH:MM:SS[.fraction](Z|+hh:mm|-hh:mm)`.
///
/// The fraction (1 to 9 digits) is dropped, so the result is never later than what is written.
/// Refuses: any other shape (lower case `t` or `z`, a space for `T`, a missing zone), a month, day,
///   hour, minute or second that does not exist, the leap second `:60` (unix time has no number for
///   it, and no sender's clock is allowed to need one), an offset beyond 23:59.
/// Source: RFC 3339 section 5.6. Read 2026-11-21.
[[nodiscard]] std::optional<std::int64_t> decode_rfc3339(std::string_view text);

/// `decode_iso_utc` does so too where nothing stands for the zone, which is UTC then.
[[nodiscard]] std::optional<std::int64_t> decode_iso_utc(std::string_view text);

/// `decode_http_date` gives the unix time of `Sun, 06 Nov 1994 08:49:37 GMT`.
/// Refuses: any other shape (RFC 850's and asctime's too), a day of the week that is not that
///   day's, other fields as `decode_rfc3339`, a time before 1970.
/// Source: RFC 9110 section 5.6.7, `IMF-fixdate`. Read 2026-11-30.
[[nodiscard]] std::optional<std::int64_t> decode_http_date(std::string_view text);

/// `decode_utc` gives the unix time in seconds of `text`, which looks like `shape`. A digit of the
/// shape stands for one of the field of that number: 0 year, 1 month, 2 day, 3 hour, 4 minute, 5
/// second; everything else stands for itself. `century` is put before the year's digits.
/// Refuses: another shape, fields as `decode_rfc3339`.
[[nodiscard]] std::optional<std::int64_t> decode_utc(std::string_view text, std::string_view shape,
                                                     int century);

/// Characters of `2026-11-21T04:05:06.789Z`.
inline constexpr std::size_t rfc3339_millis_characters = 24;

/// `encode_rfc3339_millis` writes unix milliseconds as a time in UTC. A year above 9999 is written
/// as the last millisecond of 9999. Borrows: the result is a view of `room`.
[[nodiscard]] std::string_view encode_rfc3339_millis(
    std::uint64_t unix_ms, std::span<char, rfc3339_millis_characters> room);

}  // namespace postern::encoding
