#include "harness/sender/recognize.h"

#include <algorithm>
#include <charconv>
#include <ctime>

#include "harness/host/text_forms.h"
#include "harness/sender/content.h"
#include "harness/sender/scheme_forms.h"

namespace postern::harness {
namespace {

/// The values that stand at a locator in a header.
std::vector<std::string> values_at(const scheme::Locator& locator, const Delivery& delivery) {
  std::vector<std::string> values;
  if (locator.place != scheme::Place::header) {
    return values;
  }
  const std::string lead = lead_of(locator);
  const std::string separator = separator_of(locator);
  for (const Header& header : delivery.headers) {
    if (!same_name(header.name, locator.name)) {
      continue;
    }
    std::string rest = header.value;
    while (!rest.empty()) {
      const std::size_t end =
          separator.empty() ? rest.size() : std::min(rest.find(separator), rest.size());
      if (const std::string one = rest.substr(0, end); one.starts_with(lead)) {
        values.push_back(one.substr(lead.size()));
      }
      rest.erase(0, std::min(end + separator.size(), rest.size()));
    }
  }
  return values;
}

/// The one value there, or empty.
std::string text_from(const scheme::Locator& locator, const Delivery& delivery) {
  const auto values = values_at(locator, delivery);
  return values.empty() ? std::string() : values.front();
}

std::optional<std::int64_t> time_ms(scheme::TimeUnit unit, const std::string& text) {
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

bool is_signed_by(const scheme::SignatureRule& rule, const std::string& secret,
                  const std::string& content, const std::string& candidate) {
  if (rule.algorithm == scheme::Algorithm::token) {
    return candidate == secret;
  }
  if (rule.algorithm == scheme::Algorithm::basic) {
    return candidate == to_base64(secret);
  }
  const std::optional<std::string> key = key_bytes(rule.key, secret);
  if (!key.has_value()) {
    return false;
  }
  if (const std::optional<Hash> hash = hash_of(rule.algorithm)) {
    return candidate == encode_signature(rule.encoding, hmac(*hash, *key, content).value());
  }
  const auto signature =
      rule.encoding == scheme::Encoding::hex ? from_hex(candidate) : from_base64(candidate);
  return rule.algorithm == scheme::Algorithm::ed25519 && signature.has_value() &&
         verify_signature(Curve::ed25519, KeyFormat::raw, *key, content, *signature) ==
             Verified::valid;
}

/// Nothing for a delivery that lacks what the content names.
std::optional<std::string> content_of(const scheme::SignatureRule& rule,
                                      const ContentValues& values) {
  try {
    return render_content(rule.content, values);
  } catch (const std::runtime_error&) {
    return std::nullopt;
  }
}

}  // namespace

std::optional<Recognized> recognize(const scheme::Scheme& scheme,
                                    const std::vector<std::string>& secrets, const std::string& url,
                                    const Delivery& delivery) {
  const std::string timestamp = text_from(scheme.timestamp.from, delivery);
  const std::string id = text_from(scheme.id, delivery);
  for (const scheme::SignatureRule& rule : scheme.signatures) {
    if (!fits_body(rule.format, delivery.body)) {
      continue;
    }
    for (std::size_t i = 0; i < secrets.size(); ++i) {
      const auto content = content_of(rule, {.delivery = delivery,
                                             .timestamp = timestamp,
                                             .id = id,
                                             .url = url,
                                             .secret = secrets[i]});
      for (const std::string& candidate : values_at(rule.from, delivery)) {
        if (content.has_value() && is_signed_by(rule, secrets[i], *content, candidate)) {
          return Recognized{
              .secret = i, .at_ms = time_ms(scheme.timestamp.unit, timestamp), .id = id};
        }
      }
    }
  }
  return std::nullopt;
}

}  // namespace postern::harness
