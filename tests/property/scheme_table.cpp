#include "property/scheme_table.h"

#include <algorithm>
#include <cctype>
#include <regex>

#include "compiler/toml_text.h"
#include "harness/host/catalogue_files.h"
#include "harness/host/text_forms.h"

namespace postern::property {

using harness::Algorithm;
using harness::Hash;

std::string text_at(const toml::table& table, std::string_view key, std::string_view fallback) {
  const auto* value = table.get_as<std::string>(key);
  return value != nullptr ? value->get() : std::string(fallback);
}

const toml::table* table_at(const toml::table& table, std::string_view key) {
  return table.get_as<toml::table>(key);
}

/// One table, or an array of them.
std::vector<const toml::table*> tables_at(const toml::table& table, std::string_view key) {
  std::vector<const toml::table*> tables;
  if (const auto* one = table.get_as<toml::table>(key)) {
    tables.push_back(one);
  } else if (const auto* several = table.get_as<toml::array>(key)) {
    for (const toml::node& node : *several) {
      tables.push_back(node.as_table());
    }
  }
  return tables;
}

/// A file of the catalogue; empty where it has none of that name.
toml::table written_file(const std::string& slug) {
  for (const harness::ProviderText& provider : harness::embedded_providers()) {
    if (provider.slug == slug) {
      return compiler::parse_toml(provider.text, slug).value();
    }
  }
  return {};
}

/// What a file that names a `scheme` does not say of signing is said by the other's file; of the
/// time its own two tolerances count.
void follow(toml::table& file, const toml::table& followed) {
  if (const toml::table* time = table_at(followed, "timestamp"); time != nullptr) {
    toml::table both = *time;
    for (const std::string_view key : {"max_age", "max_future"}) {
      const toml::table* own = table_at(file, "timestamp");
      const std::string kept = own == nullptr ? "" : text_at(*own, key, "");
      if (!kept.empty()) {
        both.insert_or_assign(key, kept);
      }
    }
    file.insert_or_assign("timestamp", both);
  }
  for (const std::string_view key : {"signature", "id", "event", "challenge", "methods"}) {
    const toml::node* node = followed.get(key);
    if (node != nullptr && !file.contains(key)) {
      node->visit([&](const auto& value) { file.insert_or_assign(key, value); });
    }
  }
}

std::shared_ptr<const toml::table> written_scheme(const toml::table& source) {
  if (const toml::table* own = table_at(source, "scheme"); own != nullptr) {
    return std::make_shared<const toml::table>(*own);
  }
  const std::string slug = text_at(source, "provider", "");
  toml::table file = written_file(slug);
  if (const std::string followed = text_at(file, "scheme", ""); !followed.empty()) {
    follow(file, written_file(followed));
  }
  return std::make_shared<const toml::table>(std::move(file));
}

bool is_json(std::string_view body) {
  const std::size_t first = body.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && (body[first] == '{' || body[first] == '[');
}

bool fits_body(const toml::table& rule, std::string_view body) {
  const std::string format = text_at(rule, "format", "any");
  return format == "any" || (format == "json") == is_json(body);
}

std::optional<Hash> plain_hash_of(std::string_view algorithm) {
  return algorithm == "sha1"     ? std::optional(Hash::sha1)
         : algorithm == "sha256" ? std::optional(Hash::sha256)
         : algorithm == "sha512" ? std::optional(Hash::sha512)
                                 : std::nullopt;
}

std::optional<Hash> hash_of(std::string_view algorithm) {
  if (algorithm == "hmac-sha1") {
    return Hash::sha1;
  }
  if (algorithm == "hmac-sha224") {
    return Hash::sha224;
  }
  if (algorithm == "hmac-sha256") {
    return Hash::sha256;
  }
  if (algorithm == "hmac-sha384") {
    return Hash::sha384;
  }
  if (algorithm == "hmac-sha512") {
    return Hash::sha512;
  }
  return std::nullopt;
}

std::optional<Algorithm> public_key_algorithm_of(std::string_view algorithm) {
  if (algorithm == "ed25519") {
    return Algorithm::ed25519;
  }
  if (algorithm == "ecdsa-p256-sha256") {
    return Algorithm::ecdsa_p256_sha256;
  }
  if (algorithm == "rsa-sha1") {
    return Algorithm::rsa_pkcs1_sha1;
  }
  if (algorithm == "rsa-sha256") {
    return Algorithm::rsa_pkcs1_sha256;
  }
  return std::nullopt;
}

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

std::optional<std::string> key_bytes(const toml::table& rule, std::string secret) {
  std::string form = text_at(rule, "key", "utf8");
  if (const toml::table* key = table_at(rule, "key")) {
    form = text_at(*key, "form", "utf8");
    const std::string prefix = text_at(*key, "prefix", "");
    if (!prefix.empty() && secret.starts_with(prefix)) {
      secret.erase(0, prefix.size());
    }
  }
  if (form == "utf8") {
    return secret;
  }
  if (form == "html") {
    return without_references(secret);
  }
  return form == "hex"         ? harness::from_hex(secret)
         : form == "base64"    ? harness::from_base64(secret)
         : form == "base64url" ? harness::from_base64url(secret)
                               : std::nullopt;
}

std::string encode_signature(const std::string& encoding, const std::string& bytes) {
  if (encoding == "hex" || encoding == "hex-any") {
    return harness::to_hex(bytes);
  }
  if (encoding == "base64") {
    return harness::to_base64(bytes);
  }
  if (encoding == "base64url") {
    return harness::to_base64url(bytes);
  }
  return bytes;
}

std::string one_spelling(const std::string& encoding, std::string text) {
  if (encoding == "hex-any") {
    std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::tolower(c); });
  }
  return text;
}

bool same_name(std::string_view left, std::string_view right) {
  return std::ranges::equal(left, right, [](char a, char b) {
    return std::tolower(static_cast<unsigned char>(a)) ==
           std::tolower(static_cast<unsigned char>(b));
  });
}

}  // namespace postern::property
