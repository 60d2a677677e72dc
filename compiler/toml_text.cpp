#include "compiler/toml_text.h"

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <memory>

namespace postern::harness {
namespace {

bool is_bare(char character) {
  return std::isalnum(static_cast<unsigned char>(character)) != 0 || character == '_' ||
         character == '-';
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

void expect_short_keys(std::string_view text, const std::string& file) {
  std::uint32_t number = 0;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    ++number;
    if (longest_key(text.substr(0, end)) > key_parts_max) {
      throw toml::parse_error("a key has too many parts",
                              toml::source_region{.begin = {number, 1},
                                                  .end = {number, 1},
                                                  .path = std::make_shared<std::string>(file)});
    }
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
  }
}

}  // namespace

toml::table parse_toml(std::string_view text, const std::string& file) {
  expect_short_keys(text, file);
  return toml::parse(text, file);
}

}  // namespace postern::harness
