#include "harness/host/address.h"

#include <fmt/format.h>

namespace postern::harness {

Address split_address(std::string_view text) {
  const std::size_t mark = text.find('?');
  return mark == text.npos ? Address{.url = std::string(text), .query = ""}
                           : Address{.url = std::string(text.substr(0, mark)),
                                     .query = std::string(text.substr(mark + 1))};
}

std::string shown_address(std::string_view text) {
  std::string shown = split_address(text).url;
  const std::size_t slashes = shown.find("//");
  if (slashes == shown.npos) {
    return shown;
  }
  const std::size_t host = slashes + 2;
  const std::size_t at = shown.rfind('@', shown.find('/', host));
  if (at != shown.npos && at >= host) {
    shown.erase(host, at + 1 - host);
  }
  return shown;
}

std::string path_of(std::string_view url) {
  const std::size_t host = url.find("://");
  const std::size_t path = url.find('/', host == url.npos ? 0 : host + 3);
  return url.empty() ? "" : path == url.npos ? "/" : std::string(url.substr(path));
}

std::optional<std::string> moved_query(std::string_view from, std::string_view to,
                                       std::string_view query) {
  if (from == to) {
    return std::string(query);
  }
  if (!query.starts_with(from)) {
    return std::nullopt;
  }
  std::string_view added = query.substr(from.size());
  if (!from.empty() && !added.empty()) {
    if (added.front() != '&') {
      return std::nullopt;
    }
    added.remove_prefix(1);
  }
  return fmt::format("{}{}{}", to, to.empty() || added.empty() ? "" : "&", added);
}

}  // namespace postern::harness
