#include "property/independent_verifier.h"

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>

#include "harness/host/cryptography.h"
#include "harness/host/text_forms.h"
#include "property/independent_time.h"
#include "property/scheme_table.h"
#include "property/template_text.h"

namespace postern::property {
namespace {

using harness::Delivery;

std::optional<std::string> header_of(const Delivery& delivery, const std::string& name) {
  for (const harness::Header& header : harness::fold_headers(delivery.headers)) {
    if (same_name(header.name, name)) {
      return header.value;
    }
  }
  return std::nullopt;
}

std::vector<std::string> split(const std::string& text, const std::string& separator) {
  std::vector<std::string> parts;
  std::size_t from = 0;
  for (std::size_t at = 0; (at = text.find(separator, from)) != std::string::npos;) {
    parts.push_back(text.substr(from, at - from));
    from = at + separator.size();
  }
  parts.push_back(text.substr(from));
  return parts;
}

/// One parameter of a query, as written.
std::vector<std::string> query_values(const std::string& query, const std::string& name) {
  std::vector<std::string> values;
  for (const std::string& pair : split(query, "&")) {
    if (pair.starts_with(name + "=")) {
      values.push_back(pair.substr(name.size() + 1));
    }
  }
  return values;
}

/// The text of a JSON string or number in the body.
std::optional<std::string> body_text(const std::string& body, const std::string& pointer) {
  const auto json = nlohmann::json::parse(body, nullptr, false);
  const nlohmann::json::json_pointer place(pointer);
  if (json.is_discarded() || !json.contains(place)) {
    return std::nullopt;
  }
  const nlohmann::json& value = json.at(place);
  return value.is_string() ? value.get<std::string>() : value.dump();
}

/// The items of a list, of all its groups, without those that the locator does not count.
std::vector<std::string> items_of(const toml::table& locator, const std::string& header,
                                  const std::string& separator) {
  if (separator.empty()) {
    return {header};
  }
  const std::string between = text_at(locator, "groups", "");
  std::vector<std::string> items;
  for (const std::string& group : between.empty() ? std::vector{header} : split(header, between)) {
    for (std::string item : split(group, separator)) {
      item.erase(0, locator["blanks"].value_or(false) ? item.find_first_not_of(' ') : 0);
      items.push_back(std::move(item));
    }
  }
  const auto skip = std::min(locator["skip"].value_or(std::size_t{0}), items.size());
  items.erase(items.begin(), items.begin() + static_cast<std::ptrdiff_t>(skip));
  items.resize(std::min(locator["take"].value_or(items.size()), items.size()));
  return items;
}

/// Every text that a lenient reader could take for the value of `locator`.
std::vector<std::string> values_at(const toml::table& locator, const Delivery& delivery) {
  if (const std::string pointer = text_at(locator, "body", ""); !pointer.empty()) {
    const auto text = body_text(delivery.body, pointer);
    return text.has_value() ? std::vector{*text} : std::vector<std::string>{};
  }
  if (const std::string name = text_at(locator, "query", ""); !name.empty()) {
    return query_values(delivery.query, name);
  }
  const auto header = header_of(delivery, text_at(locator, "header", ""));
  if (!header.has_value()) {
    return {};
  }
  const std::string item = text_at(locator, "item", "");
  const std::string separator = text_at(locator, "separator", item.empty() ? "" : ",");
  const std::string pair = item.empty() ? "" : text_at(locator, "pair", "=");
  const std::string prefix = text_at(locator, "prefix", "");
  std::vector<std::string> values;
  for (std::string part : items_of(locator, *header, separator)) {
    if (item == "*") {
      part.erase(0, std::min(part.find(pair), part.size()));
    }
    const std::string lead = (item == "*" ? "" : item) + pair + prefix;
    if (part.starts_with(lead)) {
      values.push_back(part.substr(lead.size()));
    }
  }
  return values;
}

std::vector<std::string> values_from(const toml::table& scheme, std::string_view rule,
                                     const Delivery& delivery) {
  const toml::table* table = table_at(scheme, rule);
  const toml::table* from = table == nullptr ? nullptr : table_at(*table, "from");
  return from == nullptr ? std::vector<std::string>{} : values_at(*from, delivery);
}

/// `5m`, `3d`, `90s`, `1h` as milliseconds.
std::int64_t duration_ms(const std::string& text) {
  std::size_t digits = 0;
  const std::int64_t count = std::stoll(text, &digits);
  const std::string unit = text.substr(digits);
  const std::int64_t seconds = unit == "s" ? 1 : unit == "m" ? 60 : unit == "h" ? 3600 : 86400;
  return count * seconds * 1000;
}

/// Within the source's own bounds, or else the scheme's; both ends are within.
bool is_fresh(const Endpoint& endpoint, const std::string& text, std::uint64_t now_ms) {
  const toml::table& rule = *table_at(endpoint.scheme, "timestamp");
  const toml::table& source = *endpoint.compiled.fixture.source;
  const auto bound = [&](std::string_view key) {
    return duration_ms(text_at(source, key, text_at(rule, key, "5m"))) / 1000;
  };
  const auto signed_at = seconds_of(text, text_at(rule, "unit", "seconds"));
  const std::int64_t age = static_cast<std::int64_t>(now_ms / 1000) - signed_at.value_or(0);
  return signed_at.has_value() && age <= bound("max_age") && -age <= bound("max_future");
}

std::optional<std::string> content_of(const toml::table& rule, const ContentValues& values) {
  try {
    return render_content(text_at(rule, "content", ""), values);
  } catch (const std::runtime_error&) {
    return std::nullopt;
  }
}

/// The SubjectPublicKeyInfo of a certificate.
std::optional<std::string> key_of_certificate(const std::string& pem) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free);
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(
      PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr), X509_free);
  if (certificate == nullptr) {
    return std::nullopt;
  }
  unsigned char* der = nullptr;
  const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate.get()), &der);
  std::string key(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return key;
}

/// The SubjectPublicKeyInfo in a PEM text or in bare base64.
std::optional<std::string> spki_of(std::string text) {
  for (const std::string_view armour : {"-----BEGIN PUBLIC KEY-----", "-----END PUBLIC KEY-----"}) {
    if (const std::size_t at = text.find(armour); at != std::string::npos) {
      text.erase(at, armour.size());
    }
  }
  std::erase_if(text, [](char c) { return c == '\n' || c == '\r'; });
  return harness::from_base64(text);
}

/// r and s of a DER signature, 32 bytes each, as OpenSSL reads them.
std::optional<std::string> raw_of_der(const std::string& der) {
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  const std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> read(
      d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())), ECDSA_SIG_free);
  std::string raw(64, '\0');
  auto* room = reinterpret_cast<unsigned char*>(raw.data());
  const bool fits = read != nullptr && BN_bn2binpad(ECDSA_SIG_get0_r(read.get()), room, 32) == 32 &&
                    BN_bn2binpad(ECDSA_SIG_get0_s(read.get()), room + 32, 32) == 32;
  return fits ? std::optional(raw) : std::nullopt;
}

struct Trial {
  const toml::table& rule;
  const std::string& secret;
  const std::string& content;
};

bool holds_asymmetric(const Endpoint& endpoint, const Trial& trial, harness::Algorithm kind,
                      const Delivery& delivery, const std::string& candidate) {
  const std::string encoding = text_at(trial.rule, "encoding", "hex");
  std::optional<std::string> signature;
  try {
    signature = encoding.starts_with("hex") ? harness::from_hex(candidate)
                                            : harness::from_base64(candidate);
  } catch (const std::exception&) {
    return false;
  }
  // One spelling for one signature.
  if (!signature.has_value() ||
      encode_signature(encoding, *signature) != one_spelling(encoding, candidate)) {
    return false;
  }
  if (kind == harness::Algorithm::ecdsa_p256_sha256) {
    signature = raw_of_der(*signature);
  }
  std::string form = text_at(trial.rule, "key", "");
  if (const toml::table* table = table_at(trial.rule, "key")) {
    form = text_at(*table, "form", "");
  }
  std::vector<std::optional<std::string>> keys;
  auto format = harness::KeyFormat::spki;
  if (form == "fetched") {
    const toml::table* fetch = table_at(trial.rule, "fetch");
    for (const std::string& url : values_at(*table_at(*fetch, "url"), delivery)) {
      const auto found = endpoint.fetch.find(url);
      keys.push_back(found == endpoint.fetch.end() ? std::nullopt
                                                   : key_of_certificate(found->second));
    }
  } else if (form == "pem" || form == "spki") {
    keys.push_back(spki_of(trial.secret));
  } else {
    format = harness::KeyFormat::raw;
    keys.push_back(key_bytes(trial.rule, trial.secret));
  }
  return signature.has_value() && std::ranges::any_of(keys, [&](const auto& key) {
           return key.has_value() &&
                  harness::verify_signature(kind, format, *key, trial.content, *signature) ==
                      harness::Verified::valid;
         });
}

bool holds(const Endpoint& endpoint, const Trial& trial, const Delivery& delivery,
           const std::string& candidate) {
  const std::string algorithm = text_at(trial.rule, "algorithm", "");
  if (algorithm == "token") {
    return candidate == trial.secret;
  }
  if (algorithm == "basic") {
    return candidate == harness::to_base64(trial.secret);
  }
  if (const auto kind = public_key_algorithm_of(algorithm)) {
    return holds_asymmetric(endpoint, trial, *kind, delivery, candidate);
  }
  const auto key = key_bytes(trial.rule, trial.secret);
  const std::string encoding = text_at(trial.rule, "encoding", "hex");
  if (const auto plain = plain_hash_of(algorithm)) {
    return one_spelling(encoding, candidate) ==
           encode_signature(encoding, harness::digest(*plain, trial.content).value());
  }
  return key.has_value() &&
         one_spelling(encoding, candidate) ==
             encode_signature(
                 encoding, harness::hmac(hash_of(algorithm).value(), *key, trial.content).value());
}

/// The configured address, and with the default port written the other way where that is allowed.
/// Without a query: the delivery brings it, and it is signed as it came.
std::vector<std::string> urls_of(const toml::table& rule, std::string url) {
  url.erase(std::min(url.find('?'), url.size()));
  std::vector<std::string> urls = {url};
  if (text_at(rule, "ports", "") == "either") {
    const std::size_t end = std::min(url.find('/', url.find("://") + 3), url.size());
    const std::size_t colon = url.find(':', url.find("://") + 3);
    if (colon < end) {
      urls.push_back(url.substr(0, colon) + url.substr(end));
    } else {
      urls.push_back(url.substr(0, end) + ":443" + url.substr(end));
    }
  }
  return urls;
}

bool body_hash_holds(const toml::table& rule, const Delivery& delivery) {
  const toml::table* place = table_at(rule, "body_hash");
  if (place == nullptr) {
    return true;
  }
  const std::string hash =
      harness::to_hex(harness::digest(harness::Hash::sha256, delivery.body).value());
  const auto claimed = values_at(*place, delivery);
  return std::ranges::find(claimed, hash) != claimed.end();
}

bool rule_holds(const Endpoint& endpoint, const toml::table& rule, const Delivery& delivery,
                const std::string& timestamp, const std::string& id) {
  if (!fits_body(rule, delivery.body) || !body_hash_holds(rule, delivery)) {
    return false;
  }
  const auto candidates = values_at(*table_at(rule, "from"), delivery);
  for (const std::string& secret : endpoint.compiled.secrets) {
    for (const std::string& url : urls_of(rule, endpoint.compiled.address.url)) {
      const auto content =
          content_of(rule, {.delivery = delivery,
                            .timestamp = timestamp,
                            .id = id,
                            .url = url,
                            .secret = plain_hash_of(text_at(rule, "algorithm", "")).has_value()
                                          ? key_bytes(rule, secret).value_or("")
                                          : secret});
      const bool found =
          content.has_value() && std::ranges::any_of(candidates, [&](const std::string& candidate) {
            return holds(endpoint, {rule, secret, *content}, delivery, candidate);
          });
      if (found) {
        return true;
      }
    }
  }
  return false;
}

}  // namespace

bool is_genuine(const Endpoint& endpoint, const Delivery& delivery, std::uint64_t now_ms) {
  const toml::table& scheme = endpoint.scheme;
  const bool has_time = table_at(scheme, "timestamp") != nullptr;
  const auto one_if = [](bool is_absent, std::vector<std::string> values) {
    return is_absent ? std::vector{std::string()} : values;
  };
  const auto ids = one_if(table_at(scheme, "id") == nullptr, values_from(scheme, "id", delivery));
  for (const std::string& timestamp :
       one_if(!has_time, values_from(scheme, "timestamp", delivery))) {
    if (has_time && !is_fresh(endpoint, timestamp, now_ms)) {
      continue;
    }
    for (const std::string& id : ids) {
      for (const toml::table* rule : tables_at(scheme, "signature")) {
        if (rule_holds(endpoint, *rule, delivery, timestamp, id)) {
          return true;
        }
      }
    }
  }
  return false;
}

bool is_open_handshake(const Endpoint& endpoint, const Delivery& delivery) {
  for (const toml::table* challenge : tables_at(endpoint.scheme, "challenge")) {
    if (text_at(*challenge, "proof", "") != "unsigned" ||
        text_at(*challenge, "method", "") != delivery.method ||
        !fits_body(*challenge, delivery.body)) {
      continue;
    }
    const toml::array& when = *challenge->get_as<toml::array>("when");
    const bool holds = std::ranges::all_of(when, [&](const toml::node& node) {
      const toml::table& condition = *node.as_table();
      const std::string form = text_at(condition, "form", "");
      const auto values =
          form.empty() ? values_at(condition, delivery) : query_values(delivery.body, form);
      return condition.contains("absent") ? values.empty() : !values.empty();
    });
    if (holds) {
      return true;
    }
  }
  return false;
}

bool binds_the_body(const Endpoint& endpoint) {
  const std::string proof = text_at(endpoint.scheme, "proof", "");
  if (!proof.empty()) {
    return proof == "signature";
  }
  return std::ranges::all_of(tables_at(endpoint.scheme, "signature"), [](const toml::table* rule) {
    const std::string content = text_at(*rule, "content", "");
    return content.contains("body}") || content.contains("{form:") || rule->contains("body_hash");
  });
}

}  // namespace postern::property
