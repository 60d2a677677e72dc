#include "harness/sender/recognize.h"

#include <algorithm>
#include <charconv>
#include <ctime>

#include "harness/host/text_forms.h"
#include "harness/sender/content.h"
#include "harness/sender/scheme_table.h"

namespace postern::harness {
namespace {

/// The values that stand at a locator in a header.
std::vector<std::string> values_at(const toml::table& locator, const Delivery& delivery) {
  std::vector<std::string> values;
  const std::string item = text_at(locator, "item", "");
  const std::string lead = item.empty() ? "" : item + text_at(locator, "pair", "=");
  const std::string prefix = lead + text_at(locator, "prefix", "");
  const std::string separator = text_at(locator, "separator", item.empty() ? "" : ",");
  for (const Header& header : delivery.headers) {
    if (!same_name(header.name, text_at(locator, "header", ""))) {
      continue;
    }
    std::string rest = header.value;
    while (!rest.empty()) {
      const std::size_t end =
          separator.empty() ? rest.size() : std::min(rest.find(separator), rest.size());
      if (const std::string one = rest.substr(0, end); one.starts_with(prefix)) {
        values.push_back(one.substr(prefix.size()));
      }
      rest.erase(0, std::min(end + separator.size(), rest.size()));
    }
  }
  return values;
}

/// The one value at `table.from`, or empty.
std::string text_from(const toml::table& scheme, std::string_view key, const Delivery& delivery) {
  const toml::table* rule = table_at(scheme, key);
  const toml::table* locator = rule == nullptr ? nullptr : table_at(*rule, "from");
  const auto values =
      locator == nullptr ? std::vector<std::string>() : values_at(*locator, delivery);
  return values.empty() ? std::string() : values.front();
}

std::optional<std::int64_t> time_ms(const toml::table& scheme, const std::string& text) {
  const toml::table* rule = table_at(scheme, "timestamp");
  if (rule == nullptr || text.empty()) {
    return std::nullopt;
  }
  const std::string unit = text_at(*rule, "unit", "seconds");
  if (unit == "rfc3339") {
    std::tm parts{};
    const char* end = strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
    return end == nullptr ? std::nullopt : std::optional<std::int64_t>(timegm(&parts) * 1000);
  }
  std::int64_t number = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (fault != std::errc() || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return unit == "milliseconds" ? number : number * 1000;
}

bool is_signed_by(const toml::table& rule, const std::string& secret, const std::string& content,
                  const std::string& candidate) {
  const std::string algorithm = text_at(rule, "algorithm", "");
  const std::string encoding = text_at(rule, "encoding", "hex");
  if (algorithm == "token") {
    return candidate == secret;
  }
  if (algorithm == "basic") {
    return candidate == to_base64(secret);
  }
  const std::optional<std::string> key = key_bytes(rule, secret);
  if (!key.has_value()) {
    return false;
  }
  if (const std::optional<Hash> hash = hash_of(algorithm)) {
    return candidate == encode_signature(encoding, hmac(*hash, *key, content).value());
  }
  const auto signature = encoding == "hex" ? from_hex(candidate) : from_base64(candidate);
  return algorithm == "ed25519" && signature.has_value() &&
         verify_signature(Curve::ed25519, KeyFormat::raw, *key, content, *signature) ==
             Verified::valid;
}

/// Nothing for a delivery that lacks what the content names.
std::optional<std::string> content_of(const toml::table& rule, const ContentValues& values) {
  try {
    return render_content(text_at(rule, "content", ""), values);
  } catch (const std::runtime_error&) {
    return std::nullopt;
  }
}

}  // namespace

std::optional<Recognized> recognize(const toml::table& scheme,
                                    const std::vector<std::string>& secrets, const std::string& url,
                                    const Delivery& delivery) {
  const std::string timestamp = text_from(scheme, "timestamp", delivery);
  const std::string id = text_from(scheme, "id", delivery);
  for (const toml::table* rule : tables_at(scheme, "signature")) {
    const toml::table* from = table_at(*rule, "from");
    if (from == nullptr || !fits_body(*rule, delivery.body)) {
      continue;
    }
    for (std::size_t i = 0; i < secrets.size(); ++i) {
      const auto content = content_of(*rule, {.delivery = delivery,
                                              .timestamp = timestamp,
                                              .id = id,
                                              .url = url,
                                              .secret = secrets[i]});
      for (const std::string& candidate : values_at(*from, delivery)) {
        if (content.has_value() && is_signed_by(*rule, secrets[i], *content, candidate)) {
          return Recognized{.secret = i, .at_ms = time_ms(scheme, timestamp), .id = id};
        }
      }
    }
  }
  return std::nullopt;
}

}  // namespace postern::harness
