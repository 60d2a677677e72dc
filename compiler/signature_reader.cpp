#include "compiler/signature_reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "compiler/locator_reader.h"
#include "compiler/scheme_reader.h"
#include "postern/policy/policy.h"
#include "postern/scheme/content.h"
#include "postern/scheme/proof.h"

namespace postern::compiler {
namespace {

using scheme::Algorithm;
using scheme::Encoding;
using scheme::KeyForm;
using scheme::KeyRule;
using scheme::SignatureRule;

/// In the order of `scheme::algorithm_rows`.
const std::vector<std::string> algorithm_names = [] {
  std::vector<std::string> names;
  for (const scheme::AlgorithmRow& row : scheme::algorithm_rows) {
    names.emplace_back(row.name);
  }
  return names;
}();
const std::vector<std::string> encoding_names = {"text", "hex", "base64", "base64url", "hex-any"};
/// In the order of `scheme::KeyForm`.
const std::vector<std::string> key_form_names = {"utf8", "hex",     "base64", "pem",
                                                 "spki", "fetched", "html",   "base64url"};

/// A certificate that is fetched anew on each delivery makes the sender's server part of ours; one
/// kept for longer than a day outlives its revocation.
constexpr std::uint64_t fetch_cache_limit_ms = 24ULL * 60 * 60 * 1000;
constexpr std::uint64_t fetch_cache_default_ms = 60ULL * 60 * 1000;

/// No key of an algorithm here comes near.
constexpr std::int64_t key_bytes_limit = 4096;

/// How a bearer text is sent. A signature has no default.
Encoding default_encoding(Algorithm algorithm) {
  return algorithm == Algorithm::basic ? Encoding::base64 : Encoding::text;
}

bool fits(Algorithm algorithm, KeyForm form) {
  using enum KeyForm;
  const auto is_one_of = [form](std::initializer_list<KeyForm> forms) {
    return std::ranges::find(forms, form) != forms.end();
  };
  switch (scheme::fact_of<&scheme::AlgorithmRow::key>(algorithm)) {
    case scheme::KeyKind::shared:
      return is_one_of({utf8, html, hex, base64, base64url});
    case scheme::KeyKind::token:
      return is_one_of({utf8, html});
    case scheme::KeyKind::ed25519:
    case scheme::KeyKind::p256:
      return is_one_of({hex, base64, base64url, pem, spki});
    case scheme::KeyKind::rsa:
      return is_one_of({pem, spki, fetched});
  }
  return false;
}

KeyRule read_key_table(const toml::table& table, Storage& storage, Report& report) {
  TableReader reader(table, "a key", report);
  KeyRule key;
  if (reader.required_text("form", "one of: utf8, html, hex, base64, base64url, pem, spki, fetched")
          .empty()) {
    reader.finish();
    return key;
  }
  key.form = static_cast<KeyForm>(reader.choice("form", key_form_names).value_or(0));
  key.prefix = storage.text(reader.text("prefix").value_or(std::string{}));
  if (reader.truth("prefix_required").value_or(false)) {
    key.prefix_rule = scheme::PrefixRule::required;
  }
  const auto least = reader.integer("bytes_min", 1, key_bytes_limit);
  const auto most = reader.integer("bytes_max", 1, key_bytes_limit);
  if (least.has_value() || most.has_value()) {
    key.bytes_min = static_cast<std::uint16_t>(least.value_or(1));
    key.bytes_max = static_cast<std::uint16_t>(most.value_or(key_bytes_limit));
  }
  if (key.bytes_min > key.bytes_max) {
    reader.error("bytes_min", "out-of-range", "`bytes_min` is above `bytes_max`", "");
  }
  reader.finish();
  return key;
}

KeyRule read_key(TableReader& parent, Storage& storage) {
  const toml::node* node = parent.find("key");
  if (node == nullptr) {
    return {};
  }
  if (const toml::table* table = node->as_table(); table != nullptr) {
    return read_key_table(*table, storage, parent.report());
  }
  KeyRule key;
  key.form = static_cast<KeyForm>(parent.choice("key", key_form_names).value_or(0));
  return key;
}

std::span<const std::string_view> read_names(TableReader& reader, std::string_view key,
                                             std::string_view hint, Storage& storage) {
  const auto texts = reader.texts(key, policy::fetch_names_max);
  if (!reader.has(key)) {
    reader.report().error(reader.here(), "missing-key", fmt::format("`fetch` needs `{}`", key),
                          std::string(hint));
  }
  std::vector<std::string_view> names;
  for (const PlacedText& text : texts.value_or(std::vector<PlacedText>{})) {
    const bool is_host =
        !text.text.empty() && text.text.contains('.') &&
        text.text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.-") == std::string::npos;
    if (!is_host) {
      reader.report().error(text.place, "bad-host", "this is not the exact name of a host",
                            "lower case, no port, no wildcard");
    }
    names.push_back(storage.text(text.text));
  }
  return storage.list(std::move(names));
}

scheme::KeyFetch read_fetch(const toml::table& table, Storage& storage, Report& report) {
  TableReader reader(table, "a key's fetch", report);
  scheme::KeyFetch fetch;
  fetch.url = read_locator_at(reader, "url", "the key's URL", storage);
  if (!reader.has("url")) {
    report.error(reader.here(), "missing-key", "`fetch` needs `url`",
                 "where the delivery names its certificate: { header = \"...\" }");
  }
  fetch.hosts = read_names(reader, "hosts", "the only hosts that are ever asked", storage);
  fetch.names = read_names(reader, "names", "common names that the certificate may have", storage);
  std::string prefix = reader.required_text("path_prefix", "where the certificates lie on a host");
  if (!prefix.empty() && !prefix.starts_with('/')) {
    reader.error("path_prefix", "bad-path", "a path begins with \"/\"", "");
  }
  fetch.path_prefix = storage.text(std::move(prefix));
  fetch.cache_seconds = static_cast<std::uint32_t>(
      reader.duration_ms("cache", fetch_cache_limit_ms).value_or(fetch_cache_default_ms) / 1000);
  reader.finish();
  return fetch;
}

/// Whether the file says that a forger can lengthen what is signed.
enum class Lengthening : std::uint8_t { unsaid, said };

/// A plain hash proves who knows the secret only where it stands in what is hashed. Whether the
/// hash can be taken on from there is the vendor's fault, and has to be said.
void check_digest(TableReader& reader, const SignatureRule& rule, Lengthening said) {
  const bool is_said = said == Lengthening::said;
  const bool is_digest = scheme::is_plain_hash(rule.algorithm);
  const auto secrets =
      std::ranges::count(rule.content, scheme::PartKind::secret, &scheme::Part::kind);
  if (is_digest && secrets != 1) {
    reader.error("content", "unkeyed-hash",
                 "a plain hash is signed by the secret in what is hashed, which is there once",
                 "put {secret} into `content`, where the sender puts it");
  } else if (is_digest && scheme::may_be_lengthened(rule) && !is_said) {
    reader.error("content", "length-extension",
                 "whoever has one delivery could write a longer one: a hash goes on from what it "
                 "gave, where the secret is not last",
                 "if the vendor signs so, say `lengthens = true`: the proof is weak then");
  } else if (is_said && (!is_digest || !scheme::may_be_lengthened(rule))) {
    reader.error("lengthens", "length-extension", "nobody can lengthen what is signed so",
                 "leave it out");
  }
}

/// Key form, encoding, content and fetch belong to the algorithm.
void check_consistency(TableReader& reader, const SignatureRule& rule) {
  const bool bearer = scheme::is_bearer(rule.algorithm);
  if (!fits(rule.algorithm, rule.key.form)) {
    reader.error(
        "key", "key-mismatch",
        fmt::format("a key in the form \"{}\" does not fit {}", name_of(rule.key.form),
                    name_of(rule.algorithm)),
        scheme::is_asymmetric(rule.algorithm)
            ? "asymmetric keys: pem, spki, or the raw key in hex, base64 or base64url; RSA also "
              "fetched"
            : "shared secrets: utf8, html, hex, base64 or base64url; tokens: utf8");
  }
  const Encoding bearer_encoding = default_encoding(rule.algorithm);
  if (bearer ? rule.encoding != bearer_encoding : rule.encoding == Encoding::text) {
    reader.error("encoding", "encoding-mismatch",
                 bearer ? "a token is sent as text, a Basic credential in base64"
                        : "a signature is sent in hex, hex-any, base64 or base64url",
                 bearer ? "leave it out" : "encoding = \"hex\"");
  }
  if (bearer && reader.has("content")) {
    reader.error("content", "bad-template", "a token signs nothing, so it has no `content`", "");
  }
  if (!bearer && !reader.has("content")) {
    reader.report().error(reader.here(), "missing-key", "a signature needs `content`",
                          "the bytes that the sender signs, such as \"{timestamp}.{body}\"");
  } else if (!bearer && reader.text("content").value_or("-").empty()) {
    reader.error("content", "empty-text", "`content` is empty: nothing would be signed", "");
  }
  if (std::ranges::count(rule.content, scheme::PartKind::body, &scheme::Part::kind) >
      std::ptrdiff_t{scheme::content_bodies_max}) {
    reader.error(
        "content", "too-many",
        fmt::format("`content` holds the body more than {} times", scheme::content_bodies_max), "");
  }
  if (reader.has("fetch") != (rule.key.form == KeyForm::fetched)) {
    reader.error("fetch", "key-mismatch", "`fetch` and key = \"fetched\" go together", "");
  }
}

}  // namespace

std::string_view name_of(Algorithm algorithm) {
  return scheme::fact_of<&scheme::AlgorithmRow::name>(algorithm);
}

std::string_view name_of(scheme::KeyForm form) {
  return key_form_names[static_cast<std::size_t>(form)];
}

scheme::BodyFormat read_format(TableReader& reader) {
  return static_cast<scheme::BodyFormat>(
      reader.choice("format", {"any", "json", "form"}).value_or(0));
}

SignatureRule read_signature(const toml::table& table, Storage& storage, Report& report) {
  TableReader reader(table, "a signature", report);
  SignatureRule rule;
  const std::size_t errors_before = report.errors();
  static_cast<void>(reader.required_text("algorithm", "such as \"hmac-sha256\""));
  if (const auto index = reader.choice("algorithm", algorithm_names); index.has_value()) {
    rule.algorithm = scheme::algorithm_rows[*index].algorithm;
  }
  const bool bearer = scheme::is_bearer(rule.algorithm);
  rule.format = read_format(reader);
  rule.from = read_locator_at(reader, "from", "a signature's place", storage);
  if (!reader.has("from")) {
    report.error(reader.here(), "missing-key", "a signature needs `from`",
                 "where it stands: from = { header = \"x-signature\" }");
  }
  const auto encoding = reader.choice("encoding", encoding_names);
  rule.encoding = encoding.has_value() ? static_cast<Encoding>(*encoding)
                  : bearer             ? default_encoding(rule.algorithm)
                                       : Encoding::hex;
  if (!bearer && !reader.has("encoding")) {
    report.error(reader.here(), "missing-key", "a signature needs `encoding`",
                 "hex, hex-any, base64 or base64url");
  }
  rule.content = read_template(reader, "content", storage);
  rule.key = read_key(reader, storage);
  if (reader.text("ports").has_value() && reader.choice("ports", {"exact", "either"}) == 1U) {
    rule.ports = scheme::PortRule::either;
  }
  if (const toml::table* hash = reader.table("body_hash"); hash != nullptr) {
    TableReader hash_reader(*hash, "`body_hash`", report);
    rule.body_hash_query = storage.text(hash_reader.required_text("query", "the parameter's name"));
    hash_reader.finish();
  }
  if (const toml::table* fetch = reader.table("fetch"); fetch != nullptr) {
    rule.fetch = read_fetch(*fetch, storage, report);
  }
  const auto said =
      reader.truth("lengthens").value_or(false) ? Lengthening::said : Lengthening::unsaid;
  if (report.errors() == errors_before) {
    check_consistency(reader, rule);
  }
  if (report.errors() == errors_before) {
    check_digest(reader, rule, said);
  }
  reader.finish();
  return rule;
}

}  // namespace postern::compiler
