#include "postern/encoding/rfc3339.h"

#include <algorithm>
#include <array>

namespace postern::encoding {
namespace {

/// The part that every time has, in the manner of `decode_utc`.
constexpr std::string_view fixed_shape = "0000-11-22T33:44:55";
constexpr std::string_view offset_shape = "00:11";

/// Nanoseconds are the finest that any sender writes.
constexpr std::size_t fraction_digits_max = 9;

constexpr std::int64_t seconds_per_minute = 60;
constexpr std::int64_t seconds_per_hour = 3600;
constexpr std::int64_t seconds_per_day = 86400;

constexpr bool is_digit(char character) { return character >= '0' && character <= '9'; }

/// `read_fields` puts the digits of `text` behind those that `fields` have already, by `shape`.
bool read_fields(std::string_view text, std::string_view shape, std::span<int> fields) {
  if (text.size() != shape.size()) {
    return false;
  }
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (is_digit(shape[i]) ? !is_digit(text[i]) : text[i] != shape[i]) {
      return false;
    }
    if (is_digit(shape[i])) {
      int& field = fields[static_cast<std::size_t>(shape[i] - '0')];
      field = field * 10 + (text[i] - '0');
    }
  }
  return true;
}

constexpr bool is_leap_year(int year) {
  return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/// `month` is from 1 to 12.
constexpr int days_in_month(int year, int month) {
  constexpr std::array<std::uint8_t, 12> days = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && is_leap_year(year) ? 29 : days[static_cast<std::size_t>(month - 1)];
}

/// `days_since_1970` counts in the proleptic Gregorian calendar, which is what RFC 3339 uses. The
/// year is taken to begin in March, so that a leap day is its last and the months before any date
/// have a length that a line of slope 153/5 gives.
constexpr std::int64_t days_since_1970(int year, int month, int day) {
  constexpr int days_from_march_of_year_0_to_1970 = 719468;
  const int months_since_march = (month + 9) % 12;
  const int march_year = month <= 2 ? year - 1 : year;
  // One cycle of 400 years ahead: year 0 in January belongs to the March year -1.
  const int shifted_year = march_year + 400;
  const int leap_days = shifted_year / 4 - shifted_year / 100 + shifted_year / 400;
  const int days = shifted_year * 365 + leap_days + (153 * months_since_march + 2) / 5 + day - 1;
  return days - days_from_march_of_year_0_to_1970 - 146097;
}

static_assert(days_since_1970(1970, 1, 1) == 0);
static_assert(days_since_1970(2000, 3, 1) == 11017);

/// `offset_seconds` reads what stands behind the seconds and the fraction: how far local time is
/// ahead of UTC.
std::optional<std::int64_t> offset_seconds(std::string_view zone) {
  if (zone == "Z") {
    return 0;
  }
  if (zone.empty() || (zone.front() != '+' && zone.front() != '-')) {
    return std::nullopt;
  }
  std::array<int, 2> fields{};
  const bool has_shape = read_fields(zone.substr(1), offset_shape, fields);
  const auto [hours, minutes] = fields;
  if (!has_shape || hours > 23 || minutes > 59) {
    return std::nullopt;
  }
  const std::int64_t seconds = hours * seconds_per_hour + minutes * seconds_per_minute;
  return zone.front() == '-' ? -seconds : seconds;
}

/// `behind_fraction` drops a fraction if there is one; nothing for a point without 1 to 9 digits.
std::optional<std::string_view> behind_fraction(std::string_view rest) {
  if (!rest.starts_with('.')) {
    return rest;
  }
  rest.remove_prefix(1);
  const auto end = std::ranges::find_if_not(rest, is_digit);
  const auto count = static_cast<std::size_t>(end - rest.begin());
  if (count == 0 || count > fraction_digits_max) {
    return std::nullopt;
  }
  return rest.substr(count);
}

}  // namespace

std::optional<std::int64_t> decode_utc(std::string_view text, std::string_view shape, int century) {
  std::array<int, 6> fields = {century};
  const bool has_shape = read_fields(text, shape, fields);
  const auto [year, month, day, hour, minute, second] = fields;
  if (!has_shape || month < 1 || month > 12 || day < 1 || day > days_in_month(year, month) ||
      hour > 23 || minute > 59 || second > 59) {
    return std::nullopt;
  }
  return days_since_1970(year, month, day) * seconds_per_day + hour * seconds_per_hour +
         minute * seconds_per_minute + second;
}

namespace {

/// What a time without a zone is.
enum class NoZone : std::uint8_t { refused, utc };

std::optional<std::int64_t> decode_date_time(std::string_view text, NoZone no_zone) {
  const std::size_t fixed = std::min(text.size(), fixed_shape.size());
  const auto local = decode_utc(text.substr(0, fixed), fixed_shape, 0);
  const auto zone = behind_fraction(text.substr(fixed));
  const bool is_utc = no_zone == NoZone::utc && zone.has_value() && zone->empty();
  const auto offset = is_utc             ? std::optional<std::int64_t>(0)
                      : zone.has_value() ? offset_seconds(*zone)
                                         : std::nullopt;
  if (!local.has_value() || !offset.has_value()) {
    return std::nullopt;
  }
  return *local - *offset;
}

}  // namespace

std::optional<std::int64_t> decode_rfc3339(std::string_view text) {
  return decode_date_time(text, NoZone::refused);
}

std::optional<std::int64_t> decode_iso_utc(std::string_view text) {
  return decode_date_time(text, NoZone::utc);
}

std::optional<std::int64_t> decode_http_date(std::string_view text) {
  constexpr std::string_view months = "JanFebMarAprMayJunJulAugSepOctNovDec";
  constexpr std::string_view days = "ThuFriSatSunMonTueWed";  // From the first of 1970 on.
  constexpr std::string_view shape = "22 11  0000 33:44:55 GMT";
  constexpr std::size_t shape_at = 5;  // Behind the day of the week.
  constexpr std::size_t month_at = 3;
  if (text.size() != shape_at + shape.size()) {
    return std::nullopt;
  }
  std::array<char, shape.size()> numbers;
  std::ranges::copy(text.substr(shape_at), numbers.begin());
  const std::size_t month = months.find({&numbers[month_at], 3});
  if (month == months.npos || month % 3 != 0) {
    return std::nullopt;
  }
  numbers[month_at] = static_cast<char>('0' + (month / 3 + 1) / 10);
  numbers[month_at + 1] = static_cast<char>('0' + (month / 3 + 1) % 10);
  numbers[month_at + 2] = ' ';
  const auto time = decode_utc({numbers.data(), numbers.size()}, shape, 0);
  if (!time.has_value() || *time < 0) {
    return std::nullopt;
  }
  const auto day = static_cast<std::size_t>(*time / seconds_per_day % 7);
  return text.starts_with(days.substr(3 * day, 3)) && text.substr(3, 2) == ", " ? time
                                                                                : std::nullopt;
}

std::string_view encode_rfc3339_millis(std::uint64_t unix_ms,
                                       std::span<char, rfc3339_millis_characters> room) {
  constexpr std::uint64_t last_ms = 253402300799999;  // 9999-12-31T23:59:59.999Z
  const std::uint64_t ms = std::min(unix_ms, last_ms);
  const auto seconds = static_cast<std::int64_t>(ms / 1000);
  std::int64_t days = seconds / seconds_per_day;
  const std::int64_t second_of_day = seconds % seconds_per_day;
  int year = 1970;
  while (days >= (is_leap_year(year) ? 366 : 365)) {
    days -= is_leap_year(year) ? 366 : 365;
    ++year;
  }
  int month = 1;
  while (days >= days_in_month(year, month)) {
    days -= days_in_month(year, month);
    ++month;
  }
  std::ranges::copy(std::string_view("0000-00-00T00:00:00.000Z"), room.begin());
  const auto put = [&](std::size_t end, std::int64_t value) {
    for (; value > 0; value /= 10) {
      room[--end] = static_cast<char>('0' + value % 10);
    }
  };
  put(4, year);
  put(7, month);
  put(10, days + 1);
  put(13, second_of_day / seconds_per_hour);
  put(16, second_of_day / seconds_per_minute % 60);
  put(19, second_of_day % 60);
  put(23, static_cast<std::int64_t>(ms % 1000));
  return {room.data(), room.size()};
}

}  // namespace postern::encoding
