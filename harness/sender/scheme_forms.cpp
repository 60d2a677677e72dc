#include "harness/sender/scheme_forms.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <ctime>
#include <regex>

#include "harness/host/text_forms.h"

namespace postern::harness {

bool is_json(std::string_view body) {
  const std::size_t first = body.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && (body[first] == '{' || body[first] == '[');
}

bool fits_body(scheme::BodyFormat format, std::string_view body) {
  return format == scheme::BodyFormat::any || (format == scheme::BodyFormat::json) == is_json(body);
}

namespace {

/// What WordPress makes of a text that it keeps escaped: one pass, nothing decoded twice.
/// Source: WordPress 6.8, `wp_specialchars_decode` with ENT_QUOTES. Read 2026-11-29.
std::string without_references(const std::string& text) {
  static const std::regex reference(
      "&(?:(lt|#0*60)|(gt|#0*62)|(amp|#0*38|#[xX]0*26)|(quot|#0*34|#[xX]0*22)|#0*39|#[xX]0*27);");
  constexpr std::string_view meant = "<>&\"'";
  std::string decoded;
  auto from = text.begin();
  for (std::sregex_iterator at(text.begin(), text.end(), reference); at != std::sregex_iterator();
       ++at) {
    std::size_t which = 0;
    while (which + 1 < meant.size() && !(*at)[which + 1].matched) {
      ++which;
    }
    decoded.append(from, (*at)[0].first);
    decoded += meant[which];
    from = (*at)[0].second;
  }
  return decoded.append(from, text.end());
}

}  // namespace

std::optional<std::string> key_bytes(const scheme::KeyRule& rule, std::string secret) {
  if (!rule.prefix.empty() && secret.starts_with(rule.prefix)) {
    secret.erase(0, rule.prefix.size());
  }
  switch (rule.form) {
    case scheme::KeyForm::utf8:
      return secret;
    case scheme::KeyForm::html:
      return without_references(secret);
    case scheme::KeyForm::hex:
      return from_hex(secret);
    case scheme::KeyForm::base64:
      return from_base64(secret);
    default:
      return std::nullopt;
  }
}

std::string encode_signature(scheme::Encoding encoding, const std::string& bytes) {
  switch (encoding) {
    case scheme::Encoding::hex:
      return to_hex(bytes);
    case scheme::Encoding::base64:
      return to_base64(bytes);
    case scheme::Encoding::base64url:
      return to_base64url(bytes);
    case scheme::Encoding::text:
      break;
  }
  return bytes;
}

std::optional<std::int64_t> unix_ms_of(scheme::TimeUnit unit, const std::string& text) {
  if (unit == scheme::TimeUnit::none || text.empty()) {
    return std::nullopt;
  }
  if (unit == scheme::TimeUnit::rfc3339) {
    std::tm parts{};
    const char* end = strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
    return end == nullptr ? std::nullopt : std::optional<std::int64_t>(timegm(&parts) * 1000);
  }
  std::int64_t number = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (fault != std::errc() || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return unit == scheme::TimeUnit::milliseconds ? number : number * 1000;
}

nlohmann::json::json_pointer pointer_of(const json::Pointer& pointer) {
  nlohmann::json::json_pointer made;
  for (const std::string_view token : pointer.tokens) {
    made.push_back(std::string(token));
  }
  return made;
}

std::string separator_of(const scheme::Locator& locator) {
  return locator.separator == '\0' ? std::string() : std::string(1, locator.separator);
}

std::string lead_of(const scheme::Locator& locator) {
  std::string lead(locator.item);
  if (!lead.empty()) {
    lead += locator.pair;
  }
  return lead.append(locator.prefix);
}

bool same_name(std::string_view left, std::string_view right) {
  return std::ranges::equal(left, right, [](char a, char b) {
    return std::tolower(static_cast<unsigned char>(a)) ==
           std::tolower(static_cast<unsigned char>(b));
  });
}

}  // namespace postern::harness
