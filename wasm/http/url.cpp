#include "http/url.h"

#include <algorithm>

namespace postern::http {
namespace {

using namespace std::string_view_literals;

bool is_url_character(char c) {
  return c > ' ' && c <= '~' && c != '\\' && c != '"' && c != '<' && c != '>' && c != '#';
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_label(std::string_view label) {
  const auto fits = [](char c) { return is_digit(c) || (c >= 'a' && c <= 'z') || c == '-'; };
  return !label.empty() && label.size() <= 63 && std::ranges::all_of(label, fits) &&
         label.front() != '-' && label.back() != '-';
}

/// Names that resolve to this machine or stay inside a private network, by RFC 6761 and custom.
bool is_local_name(std::string_view host) {
  return host.ends_with(".localhost"sv) || host.ends_with(".local"sv) ||
         host.ends_with(".internal"sv) || host.ends_with(".home.arpa"sv);
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
  std::size_t host_end = authority.find(':');
  if (authority.starts_with('[')) {
    const std::size_t bracket = authority.find(']');
    if (bracket == authority.npos) {
      return false;
    }
    host_end = bracket + 1 == authority.size() ? authority.npos : bracket + 1;
  }
  url.host = authority.substr(0, host_end);
  if (host_end == authority.npos) {
    return !url.host.empty();
  }
  url.port = authority.substr(host_end + 1);
  return authority[host_end] == ':' && !url.host.empty() && !url.port.empty() &&
         url.port.size() <= 5 && std::ranges::all_of(url.port, is_digit);
}

}  // namespace

std::optional<Url> parse_url(std::string_view text) {
  if (!std::ranges::all_of(text, is_url_character)) {
    return std::nullopt;
  }
  Url url;
  for (const std::string_view scheme : {std::string_view("https"), std::string_view("http")}) {
    if (text.starts_with(scheme) && text.substr(scheme.size()).starts_with("://"sv)) {
      url.scheme = text.substr(0, scheme.size());
    }
  }
  if (url.scheme.empty()) {
    return std::nullopt;
  }
  const std::string_view rest = text.substr(url.scheme.size() + 3);
  const std::size_t authority_end = std::min(rest.find_first_of("/?"), rest.size());
  if (!split_authority(rest.substr(0, authority_end), url)) {
    return std::nullopt;
  }
  const std::string_view target = rest.substr(authority_end);
  const std::size_t question = std::min(target.find('?'), target.size());
  url.path = target.substr(0, question);
  url.query = question == target.size() ? std::string_view{} : target.substr(question + 1);
  return url;
}

bool is_host_name(std::string_view host) {
  std::size_t labels = 0;
  std::string_view last;
  if (host.size() > 253) {
    return false;
  }
  while (true) {
    const std::size_t dot = host.find('.');
    last = host.substr(0, dot);
    if (!is_label(last)) {
      return false;
    }
    ++labels;
    if (dot == host.npos) {
      break;
    }
    host = host.substr(dot + 1);
  }
  // A last label that begins with a digit would be an address: 127.0.0.1, 0x7f.1, 1.2130706433.
  return labels >= 2 && !is_digit(last.front());
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
