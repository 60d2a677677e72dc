#include "compiler/toml_text.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <utility>

namespace postern::compiler {
namespace {

bool is_bare(char character) {
  return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
         (character >= '0' && character <= '9') || character == '_' || character == '-';
}

/// Where the word ends that begins at `begin`: bare, or in quotes. The line's end when the quotes
/// are not closed on it.
std::size_t end_of_word(std::string_view line, std::size_t begin) {
  const char quote = line[begin];
  std::size_t end = begin + 1;
  if (is_bare(quote)) {
    while (end < line.size() && is_bare(line[end])) {
      ++end;
    }
    return end;
  }
  while (end < line.size() && line[end] != quote) {
    end += quote == '"' && line[end] == '\\' ? 2U : 1U;
  }
  return std::min(end + 1, line.size());
}

/// Parts of the longest run in `line` that could be a key: words with a dot between each two.
std::size_t longest_key(std::string_view line) {
  std::size_t longest = 0;
  std::size_t parts = 0;
  bool is_joined = false;
  for (std::size_t i = 0; i < line.size();) {
    const char character = line[i];
    if (is_bare(character) || character == '"' || character == '\'') {
      parts = is_joined ? parts + 1 : 1;
      longest = std::max(longest, parts);
      is_joined = false;
      i = end_of_word(line, i);
      continue;
    }
    is_joined = character == '.' || (is_joined && (character == ' ' || character == '\t'));
    ++i;
  }
  return longest;
}

/// Where a key has too many parts.
std::optional<toml::parse_error> find_long_key(std::string_view text, const std::string& file) {
  std::uint32_t number = 0;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    ++number;
    if (longest_key(text.substr(0, end)) > key_parts_max) {
      return toml::parse_error("a key has too many parts",
                               toml::source_region{.begin = {number, 1},
                                                   .end = {number, 1},
                                                   .path = std::make_shared<std::string>(file)});
    }
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
  }
  return std::nullopt;
}

}  // namespace

std::expected<toml::table, toml::parse_error> parse_toml(std::string_view text,
                                                         const std::string& file) {
  if (const auto fault = find_long_key(text, file); fault.has_value()) {
    return std::unexpected(*fault);
  }
  toml::parse_result parsed = toml::parse(text, file);
  if (parsed.failed()) {
    return std::unexpected(parsed.error());
  }
  return std::move(parsed).table();
}

std::optional<toml::table> read_toml(std::string_view text, const std::string& file,
                                     Report& report) {
  static_assert(toml_text_bytes_max == std::size_t{4} << 20, "The message says it.");
  if (text.size() > toml_text_bytes_max) {
    report.file_error(file, "unreadable", "this file cannot be read", "it has more than 4 MiB");
    return std::nullopt;
  }
  report.add_text(file, text);
  auto parsed = parse_toml(text, file);
  if (!parsed.has_value()) {
    report.syntax_error(parsed.error());
    return std::nullopt;
  }
  return std::move(*parsed);
}

}  // namespace postern::compiler
