#include "compiler/commands/http_text.h"

#include <fmt/format.h>

#include <algorithm>

namespace postern::compiler {
namespace {

char to_lower(char character) {
  return character >= 'A' && character <= 'Z' ? static_cast<char>(character - 'A' + 'a')
                                              : character;
}

bool is_capital(char character) { return character >= 'A' && character <= 'Z'; }

std::string_view without_blanks(std::string_view text) {
  const std::size_t begin = std::min(text.find_first_not_of(" \t"), text.size());
  text.remove_prefix(begin);
  return text.substr(0, text.find_last_not_of(" \t") + 1);
}

/// The next line without its end, which is taken off `rest`.
std::string_view take_line(std::string_view& rest) {
  const std::size_t end = rest.find('\n');
  std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  line.remove_suffix(line.ends_with('\r') ? 1 : 0);
  return line;
}

/// `METHOD TARGET`, with or without a version behind them; says whether `line` is one.
bool read_first_line(std::string_view line, WrittenRequest& request) {
  const std::size_t space = line.find(' ');
  if (space == std::string_view::npos || space == 0 ||
      !std::ranges::all_of(line.substr(0, space), is_capital)) {
    return false;
  }
  std::string_view target = without_blanks(line.substr(space));
  target = target.substr(0, target.find(' '));
  if (const std::size_t host = target.find("://"); host != std::string_view::npos) {
    target.remove_prefix(std::min(target.find('/', host + 3), target.size()));
  }
  const std::size_t mark = std::min(target.find('?'), target.size());
  request.method = line.substr(0, space);
  request.path = target.substr(0, mark);
  request.query = target.substr(std::min(mark + 1, target.size()));
  return true;
}

/// RFC 9110, section 5.6.2: what a name may be made of.
bool is_field_name(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](char character) {
    return (character >= 'a' && character <= 'z') || (character >= '0' && character <= '9') ||
           std::string_view("!#$%&'*+-.^_`|~").contains(character);
  });
}

void add_header(std::string name, std::string_view value, WrittenRequest& request) {
  const auto known =
      std::ranges::find(request.headers, name, &std::pair<std::string, std::string>::first);
  if (known == request.headers.end()) {
    request.headers.emplace_back(std::move(name), value);
  } else {
    known->second += fmt::format(", {}", value);
  }
}

}  // namespace

std::expected<WrittenRequest, std::string> read_http_text(std::string_view text) {
  static_assert(http_text_bytes_max == std::size_t{1} << 20, "The message says it.");
  if (text.size() > http_text_bytes_max) {
    return std::unexpected(
        "the request has more than 1 MiB: its headers and the beginning of its "
        "body are enough");
  }
  WrittenRequest request;
  std::string_view rest = text;
  for (std::size_t number = 1; !rest.empty(); ++number) {
    const std::string_view line = take_line(rest);
    if (line.empty()) {
      request.body = rest;
      request.has_body = !rest.empty();
      break;
    }
    const std::size_t colon = line.find(':');
    std::string name(line.substr(0, colon));
    std::ranges::transform(name, name.begin(), to_lower);
    if (number == 1 && !is_field_name(name) && read_first_line(line, request)) {
      continue;
    }
    if (colon == std::string_view::npos || !is_field_name(name)) {
      return std::unexpected(fmt::format(
          "line {} is no header: a request is `name: value` lines, an empty line, and its body",
          number));
    }
    add_header(std::move(name), without_blanks(line.substr(colon + 1)), request);
    if (request.headers.size() > http::headers_max) {
      return std::unexpected(fmt::format("it has more than {} headers", http::headers_max));
    }
  }
  if (request.headers.empty() && request.query.empty()) {
    return std::unexpected("there is no header in it, and nothing else tells a sender");
  }
  return request;
}

}  // namespace postern::compiler
