#include "property/independent_time.h"

#include <cstdio>
#include <ctime>

namespace postern::property {
namespace {

/// How far a time is ahead of UTC, by what stands behind its seconds.
std::int64_t zone_seconds(const std::string& rest) {
  const std::size_t sign = rest.find_first_of("+-");
  int hours = 0;
  int minutes = 0;
  if (sign == std::string::npos ||
      std::sscanf(rest.c_str() + sign + 1, "%2d:%2d", &hours, &minutes) != 2) {
    return 0;
  }
  return (rest[sign] == '-' ? -60 : 60) * (std::int64_t{hours} * 60 + minutes);
}

}  // namespace

std::optional<std::int64_t> seconds_of(const std::string& text, const std::string& unit) {
  if (unit == "http-date") {
    std::tm parts{};
    const char* end = strptime(text.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
    return end == nullptr || *end != '\0' ? std::nullopt
                                          : std::optional<std::int64_t>(timegm(&parts));
  }
  if (unit == "rfc3339" || unit == "iso-utc") {
    std::tm parts{};
    const char* end = strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
    return end == nullptr ? std::nullopt
                          : std::optional<std::int64_t>(timegm(&parts) - zone_seconds(end));
  }
  const bool is_number = !text.empty() && text.size() <= 18 &&
                         text.find_first_not_of("0123456789") == std::string::npos;
  if (!is_number) {
    return std::nullopt;
  }
  const bool is_milliseconds =
      unit == "milliseconds" || (unit == "seconds|milliseconds" && text.size() > 11);
  return std::stoll(text) / (is_milliseconds ? 1000 : 1);
}

}  // namespace postern::property
