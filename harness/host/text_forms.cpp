#include "harness/host/text_forms.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdint>

namespace postern::harness {
namespace {

constexpr std::string_view days_of_week = "SunMonTueWedThuFriSat";
constexpr std::string_view months = "JanFebMarAprMayJunJulAugSepOctNovDec";

constexpr std::string_view base64_digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

int hex_value(char character) {
  if (character >= '0' && character <= '9') {
    return character - '0';
  }
  if (character >= 'a' && character <= 'f') {
    return character - 'a' + 10;
  }
  if (character >= 'A' && character <= 'F') {
    return character - 'A' + 10;
  }
  return -1;
}

}  // namespace

std::string to_hex(std::string_view bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  text.reserve(2 * bytes.size());
  for (const char character : bytes) {
    const auto value = static_cast<unsigned char>(character);
    text.push_back(digits[value >> 4U]);
    text.push_back(digits[value & 15U]);
  }
  return text;
}

std::optional<std::string> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) {
    return std::nullopt;
  }
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = hex_value(text[i]);
    const int low = hex_value(text[i + 1]);
    if (high < 0 || low < 0) {
      return std::nullopt;
    }
    bytes.push_back(static_cast<char>(high * 16 + low));
  }
  return bytes;
}

std::string to_base64(std::string_view bytes) {
  std::string text;
  text.reserve(4 * ((bytes.size() + 2) / 3));
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - at);
    std::uint32_t group = 0;
    for (std::size_t i = 0; i < 3; ++i) {
      group = group << 8U | (i < count ? static_cast<unsigned char>(bytes[at + i]) : 0U);
    }
    for (std::size_t i = 0; i < 4; ++i) {
      text.push_back(i <= count ? base64_digits[group >> (18 - 6 * i) & 63U] : '=');
    }
  }
  return text;
}

std::string to_base64url(std::string_view bytes) {
  std::string text = to_base64(bytes);
  std::ranges::replace(text, '+', '-');
  std::ranges::replace(text, '/', '_');
  text.erase(std::ranges::find(text, '='), text.end());
  return text;
}

std::optional<std::string> from_base64(std::string_view text) {
  if (text.size() % 4 != 0) {
    return std::nullopt;
  }
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  text.remove_suffix(padding);
  std::string bytes;
  std::uint32_t group = 0;
  std::size_t bits = 0;
  for (const char character : text) {
    const std::size_t digit = base64_digits.find(character);
    if (digit == std::string_view::npos) {
      return std::nullopt;
    }
    group = group << 6U | static_cast<std::uint32_t>(digit);
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes.push_back(static_cast<char>(group >> bits & 0xFFU));
    }
  }
  return bytes;
}

std::string to_rfc3339(std::int64_t unix_seconds) {
  const std::chrono::sys_seconds time{std::chrono::seconds(unix_seconds)};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

namespace {

/// How far local time is ahead of UTC, by what stands behind a fraction: nothing but a sign, hours
/// and minutes says that it is.
std::chrono::minutes zone_of(std::string_view text) {
  constexpr std::string_view shape = "+00:00";
  if (text.size() < shape.size()) {
    return {};
  }
  const std::string_view zone = text.substr(text.size() - shape.size());
  int hours = 0;
  int minutes = 0;
  const bool is_zone =
      (zone[0] == '+' || zone[0] == '-') && zone[3] == ':' &&
      std::from_chars(zone.data() + 1, zone.data() + 3, hours).ptr == zone.data() + 3 &&
      std::from_chars(zone.data() + 4, zone.data() + 6, minutes).ptr == zone.data() + 6;
  const std::chrono::minutes ahead = std::chrono::hours(hours) + std::chrono::minutes(minutes);
  return !is_zone ? std::chrono::minutes() : zone[0] == '-' ? -ahead : ahead;
}

}  // namespace

std::optional<std::int64_t> from_rfc3339(std::string_view text) {
  std::array<int, 6> parts{};
  std::size_t at = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::size_t digits = i == 0 ? 4 : 2;
    const std::string_view number = text.substr(std::min(at, text.size()), digits);
    const auto [end, fault] =
        std::from_chars(number.data(), number.data() + number.size(), parts[i]);
    if (fault != std::errc() || end != number.data() + digits || parts[i] < 0) {
      return std::nullopt;
    }
    at += digits;
    if (i + 1 < parts.size() && !text.substr(at).starts_with("--T::"[i])) {
      return std::nullopt;
    }
    ++at;
  }
  const auto [year, month, day, hours, minutes, seconds] = parts;
  const std::chrono::year_month_day date(std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day)));
  if (!date.ok() || hours > 23 || minutes > 59 || seconds > 60) {
    return std::nullopt;
  }
  const auto time = std::chrono::sys_days(date) + std::chrono::hours(hours) +
                    std::chrono::minutes(minutes) + std::chrono::seconds(seconds) -
                    zone_of(text.substr(std::min(at - 1, text.size())));
  return std::chrono::seconds(time.time_since_epoch()).count();
}

std::string to_http_date(std::int64_t unix_seconds) {
  const std::string day = to_rfc3339(unix_seconds);
  const auto days = std::chrono::floor<std::chrono::days>(
      std::chrono::sys_seconds(std::chrono::seconds(unix_seconds)));
  const std::size_t weekday = std::chrono::weekday(days).c_encoding();
  const std::size_t month = std::stoul(day.substr(5, 2)) - 1;
  return fmt::format("{}, {} {} {} {} GMT", days_of_week.substr(3 * weekday, 3), day.substr(8, 2),
                     months.substr(3 * month, 3), day.substr(0, 4), day.substr(11, 8));
}

std::optional<std::int64_t> from_http_date(std::string_view text) {
  constexpr std::size_t characters = 29;
  const std::size_t month =
      text.size() == characters ? months.find(text.substr(8, 3)) : std::string_view::npos;
  if (month == std::string_view::npos) {
    return std::nullopt;
  }
  const auto seconds = from_rfc3339(fmt::format("{}-{:02}-{}T{}", text.substr(12, 4), month / 3 + 1,
                                                text.substr(5, 2), text.substr(17, 8)));
  return seconds.has_value() && to_http_date(*seconds) == text ? seconds : std::nullopt;
}

std::optional<std::string> from_base64url(std::string_view text) {
  std::string standard(text);
  for (char& character : standard) {
    if (character == '+' || character == '/' || character == '=') {
      return std::nullopt;
    }
    character = character == '-' ? '+' : character == '_' ? '/' : character;
  }
  standard.append((4 - standard.size() % 4) % 4, '=');
  return from_base64(standard);
}

}  // namespace postern::harness
