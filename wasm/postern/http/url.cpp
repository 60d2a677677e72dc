#include "postern/http/url.h"

#include <algorithm>
#include <array>

#include "postern/base/characters.h"
#include "postern/base/cut.h"
#include "postern/base/word_list.h"

namespace postern::http {
namespace {

using namespace std::string_view_literals;

bool is_label(std::string_view label) {
  return !label.empty() && label.size() <= 63 && consists_of(label, Characters::label) &&
         label.front() != '-' && label.back() != '-';
}

/// Ends of names that resolve to this machine or stay inside a private network, by RFC 6761 and
/// custom.
constexpr std::array private_suffixes = {".localhost"sv, ".local"sv, ".internal"sv, ".home.arpa"sv};
constexpr auto suffix_list = make_word_list<word_list_bytes(private_suffixes)>(private_suffixes);

bool is_local_name(std::string_view host) {
  WordList suffixes(suffix_list);
  while (!suffixes.is_empty()) {
    if (host.ends_with(suffixes.next())) {
      return true;
    }
  }
  return false;
}

/// Splits `authority` into the user, host and port of `url`. False when it does not have that form.
bool split_authority(std::string_view authority, Url& url) {
  if (const std::size_t at = authority.rfind('@'); at != authority.npos) {
    url.user = authority.substr(0, at);
    authority = authority.substr(at + 1);
    if (url.user.empty()) {
      return false;
    }
  }
  // An IPv6 address has colons of its own, between brackets.
  const std::size_t bracket = authority.starts_with('[') ? authority.find(']') : 0;
  const std::size_t colon = authority.find(':', bracket);
  const bool has_port = colon != authority.npos;
  url.host = authority.substr(0, colon);
  url.port = has_port ? authority.substr(colon + 1) : std::string_view{};
  return !url.host.empty() && (bracket == 0 || url.host.size() == bracket + 1) &&
         has_port != url.port.empty() && url.port.size() <= 5 &&
         consists_of(url.port, Characters::digit);
}

}  // namespace

std::optional<Url> parse_url(std::string_view text) {
  Url url;
  url.query = text;
  url.scheme = cut(url.query, ':');
  if (!consists_of(text, Characters::url) || !url.query.starts_with("//"sv) ||
      (url.scheme != "https" && url.scheme != "http")) {
    return std::nullopt;
  }
  url.query.remove_prefix(2);
  const std::string_view before_query = cut(url.query, '?');
  const std::size_t authority_bytes = std::min(before_query.find('/'), before_query.size());
  url.path = before_query.substr(authority_bytes);
  return split_authority(before_query.substr(0, authority_bytes), url) ? std::optional(url)
                                                                       : std::nullopt;
}

bool is_host_name(std::string_view host) {
  if (host.size() > 253 || !host.contains('.')) {
    return false;
  }
  while (true) {
    const std::string_view label = cut(host, '.');
    if (!is_label(label)) {
      return false;
    }
    if (host.data() == nullptr) {
      // A last label that begins with a digit would be an address: 127.0.0.1, 0x7f.1, 1.2130706433.
      return !consists_of(label.substr(0, 1), Characters::digit);
    }
  }
}

bool is_destination(std::string_view text, PrivateOrigins private_origins) {
  const auto url = parse_url(text);
  if (!url.has_value() || !url->user.empty()) {
    return false;
  }
  if (private_origins == PrivateOrigins::allowed) {
    return true;
  }
  return url->scheme == "https" && is_host_name(url->host) && !is_local_name(url->host);
}

}  // namespace postern::http
