#include "harness/sender/scheme_forms.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

#include "harness/host/cryptography.h"
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

/// Seconds have as many digits until the year 5138.
constexpr std::size_t seconds_digits_max = 11;

/// What one character may be written as: by a name, or by its number in decimal or hexadecimal.
struct Reference {
  char meant;
  std::string_view name;  // Empty for none.
  std::string_view decimal;
  std::string_view hexadecimal;  // Empty for none.
};
constexpr std::array<Reference, 5> references = {{{'<', "lt", "60", ""},
                                                  {'>', "gt", "62", ""},
                                                  {'&', "amp", "38", "26"},
                                                  {'"', "quot", "34", "22"},
                                                  {'\'', "", "39", "27"}}};

/// The number without zeroes before it.
std::string_view without_zeroes(std::string_view number) {
  return number.substr(std::min(number.find_first_not_of('0'), number.size()));
}

/// What stands between `&` and `;`, as the character that it means; nothing where it means none.
std::optional<char> meaning_of(std::string_view text) {
  for (const Reference& one : references) {
    const bool is_decimal = text.starts_with('#') && without_zeroes(text.substr(1)) == one.decimal;
    const bool is_hexadecimal = !one.hexadecimal.empty() &&
                                (text.starts_with("#x") || text.starts_with("#X")) &&
                                without_zeroes(text.substr(2)) == one.hexadecimal;
    if ((!one.name.empty() && text == one.name) || is_decimal || is_hexadecimal) {
      return one.meant;
    }
  }
  return std::nullopt;
}

/// What WordPress makes of a text that it keeps escaped: one pass, nothing decoded twice.
/// Source: WordPress 6.8, `wp_specialchars_decode` with ENT_QUOTES. Read 2026-11-29.
std::string without_references(std::string_view text) {
  std::string decoded;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const std::size_t end = text[at] == '&' ? text.find(';', at) : std::string_view::npos;
    const auto meant = end == std::string_view::npos
                           ? std::nullopt
                           : meaning_of(text.substr(at + 1, end - at - 1));
    decoded.push_back(meant.value_or(text[at]));
    at = meant.has_value() ? end : at;
  }
  return decoded;
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
    case scheme::KeyForm::base64url:
      return from_base64url(secret);
    default:
      return std::nullopt;
  }
}

std::string text_of_secret(const scheme::SignatureRule& rule, const std::string& secret) {
  return scheme::is_plain_hash(rule.algorithm) ? key_bytes(rule.key, secret).value_or(secret)
                                               : secret;
}

std::string shared_signature(scheme::Algorithm algorithm, std::string_view key,
                             std::string_view content) {
  const Hash hash = scheme::fact_of<&scheme::AlgorithmRow::hash>(algorithm);
  return scheme::is_plain_hash(algorithm) ? digest(hash, content).value()
                                          : hmac(hash, key, content).value();
}

std::string encode_signature(scheme::Encoding encoding, const std::string& bytes) {
  switch (encoding) {
    case scheme::Encoding::hex:
    case scheme::Encoding::hex_any:
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

std::string one_spelling(scheme::Encoding encoding, std::string text) {
  if (encoding == scheme::Encoding::hex_any) {
    std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::tolower(c); });
  }
  return text;
}

std::optional<std::int64_t> unix_ms_of(scheme::TimeUnit unit, const std::string& text) {
  if (unit == scheme::TimeUnit::none || text.empty()) {
    return std::nullopt;
  }
  if (unit == scheme::TimeUnit::rfc3339 || unit == scheme::TimeUnit::iso_utc ||
      unit == scheme::TimeUnit::http_date) {
    const auto seconds =
        unit == scheme::TimeUnit::http_date ? from_http_date(text) : from_rfc3339(text);
    return seconds.has_value() ? std::optional(*seconds * 1000) : std::nullopt;
  }
  std::int64_t number = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (fault != std::errc() || end != text.data() + text.size()) {
    return std::nullopt;
  }
  const bool is_milliseconds =
      unit == scheme::TimeUnit::milliseconds ||
      (unit == scheme::TimeUnit::either && text.size() > seconds_digits_max);
  return is_milliseconds ? number : number * 1000;
}

nlohmann::json::json_pointer pointer_of(const json::Pointer& pointer) {
  nlohmann::json::json_pointer made;
  for (const std::string_view token : pointer.tokens) {
    made.push_back(std::string(token));
  }
  return made;
}

std::string separators_of(const scheme::Locator& locator) {
  std::string separators;
  for (const char character : {locator.separator, locator.groups}) {
    separators += character == '\0' ? std::string() : std::string(1, character);
  }
  return separators;
}

std::string lead_of(const scheme::Locator& locator) {
  std::string lead(locator.item == scheme::any_item ? "key" : locator.item);
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
