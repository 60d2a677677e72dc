#include "property/signed_texts.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdlib>

#include "compiler/toml_text.h"
#include "harness/contract/hosts.h"
#include "harness/host/catalogue_files.h"
#include "postern/base/arena.h"
#include "postern/http/body_form.h"
#include "postern/policy/policy_codec.h"
#include "postern/scheme/claims.h"
#include "postern/scheme/content.h"

namespace postern::property {
namespace {

std::string encode_form_text(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    encoded += '%';
    encoded += digits[static_cast<unsigned char>(c) >> 4];
    encoded += digits[static_cast<unsigned char>(c) & 15];
  }
  return encoded;
}

/// The delivery that has these texts for its parts; nothing where there is none.
struct Made {
  std::string method = "POST";
  std::string query;
  std::string body;
  bool has_body = false;
  std::vector<std::pair<std::string, std::string>> headers = {
      {"x-signature", std::string(64, '0')}};
};

bool set_body(Made& made, std::string body) {
  if (made.has_body && made.body != body) {
    return false;
  }
  made.has_body = true;
  made.body = std::move(body);
  return true;
}

bool set_header(Made& made, std::string name, const std::string& value) {
  for (const auto& [known, text] : made.headers) {
    if (known == name) {
      return text == value;
    }
  }
  made.headers.emplace_back(std::move(name), value);
  return true;
}

bool put(Made& made, const Piece& piece) {
  const std::string name = piece.part.substr(0, piece.part.find_first_of(" }"));
  const std::string& text = piece.text;
  if (is_literal(piece)) {
    return text == piece.part;
  }
  if (name == "{body") {
    return set_body(made, text);
  }
  if (name == "{field:/f") {
    return text.find_first_of("\"\\") == std::string::npos &&
           set_body(made, "{\"f\":\"" + text + "\"}");
  }
  if (name == "{number:/f") {
    return !text.empty() && text.find_first_not_of("0123456789.-") == std::string::npos &&
           set_body(made, "{\"f\":" + text + "}");
  }
  if (name == "{form:sorted") {
    return set_body(made, text.empty() ? ""
                                       : encode_form_text(text.substr(0, 1)) + "=" +
                                             encode_form_text(text.substr(1)));
  }
  if (name == "{timestamp") {
    return set_header(made, "x-time", text);
  }
  if (name == "{id") {
    return set_header(made, "x-id", text);
  }
  if (name.starts_with("{header:")) {
    return set_header(made, name.substr(8), text);
  }
  if (name == "{method") {
    made.method = text;
    return text == "POST" || text == "GET" || text == "PUT";
  }
  if (name == "{query") {
    made.query = text;
    return true;
  }
  if (name == "{url") {
    return text == url;
  }
  return name == "{path" && text == path;
}

}  // namespace

std::string source_of(const SchemeText& scheme) {
  std::string text = "secrets = [\"0123456789abcdef\"]\n[scheme]\nsends = " + scheme.sends +
                     "\n[scheme.signature]\nalgorithm = \"hmac-sha256\"\n"
                     "from = { header = \"x-signature\" }\nencoding = \"hex\"\ncontent = '" +
                     scheme.content + "'\n";
  if (scheme.content.contains("{timestamp}")) {
    text += "[scheme.timestamp]\nfrom = { header = \"x-time\" }\nunit = \"" + scheme.unit + "\"\n";
  }
  if (scheme.content.contains("{id")) {
    text += "[scheme.id]\nfrom = { header = \"x-id\" }\n";
  }
  return scheme.content.contains("{url}") ? "url = \"" + std::string(url) + "\"\n" + text : text;
}

std::unique_ptr<Compiled> compile(const SchemeText& scheme, std::set<std::string>& codes) {
  static compiler::Catalogue catalogue = harness::embedded_catalogue();
  compiler::Report report;
  const std::string text = source_of(scheme);
  report.add_text("template", text);
  const toml::table table = compiler::parse_toml(text, "template").value();
  auto compiled =
      compiler::compile_source(nullptr, table, "a", harness::cloudflare_limits, catalogue, report);
  for (const compiler::Diagnostic& diagnostic : report.sorted()) {
    if (diagnostic.severity == compiler::Severity::error) {
      codes.insert(diagnostic.code);
    }
  }
  if (!compiled.has_value()) {
    return nullptr;
  }
  auto held = std::make_unique<Compiled>();
  held->file = std::move(*compiled);
  held->storage.resize(policy::policy_arena_bytes(held->file.file.size()));
  Arena arena(held->storage);
  const auto decoded = policy::decode(held->file.file, arena);
  if (!decoded.has_value()) {
    ADD_FAILURE() << "the compiler wrote what the module does not read";
    return nullptr;
  }
  held->policy = *decoded;
  return held;
}

std::optional<std::string> signed_text(const scheme::Scheme& scheme, const Pieces& pieces) {
  Made made;
  for (const Piece& piece : pieces) {
    if (!put(made, piece)) {
      return std::nullopt;
    }
  }
  std::vector<http::Header> headers;
  for (const auto& [name, value] : made.headers) {
    headers.push_back({.name = name, .value = value});
  }
  http::Delivery delivery;
  delivery.method = made.method;
  delivery.path = path;
  delivery.query = made.query;
  delivery.headers = headers;
  delivery.body = bytes_of(made.body);
  delivery.body_bytes = made.body.size();
  delivery.body_is_here = true;
  if (!http::has(scheme.sends, http::body_form_of(delivery.body, delivery.body_bytes))) {
    return std::nullopt;
  }
  static std::vector<std::byte> storage(std::size_t{1} << 18);
  Arena arena(storage);
  scheme::Reading reading(delivery, arena);
  const std::array<scheme::Key, 1> keys{};
  const auto claims = scheme::read_claims(scheme, keys, reading, arena);
  if (!claims.has_value() ||
      std::abs(claims->signed_at.value_or(now_seconds) - now_seconds) > window_seconds) {
    return std::nullopt;
  }
  const auto content = scheme::compose_content(
      scheme.signatures[0],
      {.claims = *claims, .url = url, .spelling = scheme::Spelling::configured}, reading, arena);
  if (!content.has_value()) {
    return std::nullopt;
  }
  std::string text;
  for (const scheme::Piece& piece : *content) {
    text += text_of(piece.kind == scheme::Piece::Kind::body ? delivery.body : piece.bytes);
  }
  return text;
}

}  // namespace postern::property
