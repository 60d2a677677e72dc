#include "compiler/header_reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "postern/http/header_rules.h"
#include "postern/scheme/claims.h"

namespace postern::compiler {
namespace {

/// Shortest beginning of names: `x-` and a vendor's name of two letters, and a hyphen.
constexpr std::size_t prefix_bytes_least = 5;

constexpr std::string_view standard_prefix = "webhook-";

/// Whether the core lets a sender's header of that name on as its own although it has a name of
/// the gate.
bool is_theirs(std::string_view name, const SchemeModel* scheme) {
  return scheme != nullptr && name.starts_with(standard_prefix) &&
         scheme::verifies_with(scheme->scheme, name) &&
         !http::is_kept_back(name.substr(standard_prefix.size()));
}

void check_spelling(const PlacedText& header, Report& report) {
  std::string hint = "`-` and letters and digits: x-shop-domain";
  if (header.text.contains('_')) {
    hint = "behind CGI and WSGI an underscore is a hyphen: such a header would pass for another";
  } else if (std::ranges::any_of(header.text, [](char c) { return c >= 'A' && c <= 'Z'; })) {
    hint = "in lower case";
  } else if (header.text.contains('*')) {
    hint = "a source lists names in full; `*` stands at the end of a name in a provider's file";
  }
  report.error(header.place, "bad-header", "this is not a header's name", std::move(hint));
}

/// Whether all is of the characters that names of the core's lists have.
bool is_spelt_well(std::string_view name) {
  return !name.empty() &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string_view::npos;
}

void check_header(const PlacedText& header, HeaderPatterns patterns, const SchemeModel* scheme,
                  Report& report) {
  const bool is_prefix =
      patterns == HeaderPatterns::names_and_prefixes && header.text.ends_with('*');
  const std::string_view name =
      std::string_view(header.text).substr(0, header.text.size() - (is_prefix ? 1 : 0));
  if (!is_spelt_well(name)) {
    check_spelling(header, report);
  } else if (is_prefix && (name.size() < prefix_bytes_least || !name.ends_with('-'))) {
    report.error(header.place, "bad-header", "this stands for headers of others too",
                 "a vendor's own beginning: x-vendor-*");
  } else if (scheme != nullptr && scheme::carries_secret(scheme->scheme, name)) {
    report.error(header.place, "reserved-header", "this header is the sender's secret as it is",
                 "whoever reads it can send deliveries: it is handed on to nobody");
  } else if (http::is_kept_back(name) && !is_theirs(name, scheme)) {
    report.error(header.place, "reserved-header",
                 "a header of this name never goes on to an origin",
                 "names of the gate, of proxies, of one connection and of credentials stay here");
  }
}

}  // namespace

std::vector<PlacedText> read_headers(TableReader& reader, std::string_view key,
                                     HeaderPatterns patterns, const SchemeModel* scheme) {
  std::vector<PlacedText> headers =
      reader.texts(key, scheme::listed_headers_max).value_or(std::vector<PlacedText>{});
  for (const PlacedText& header : headers) {
    check_header(header, patterns, scheme, reader.report());
  }
  return headers;
}

std::span<const std::string_view> header_texts(const std::vector<PlacedText>& headers,
                                               Storage& storage) {
  std::vector<std::string_view> texts;
  texts.reserve(headers.size());
  for (const PlacedText& header : headers) {
    texts.push_back(storage.text(header.text));
  }
  return storage.list(std::move(texts));
}

}  // namespace postern::compiler
