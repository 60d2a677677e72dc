#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace postern::compiler {

/// What the NAME=VALUE lines of a text say.
struct DotenvLines {
  /// In the order in which the names first stand there; of a repeated one the last value.
  std::vector<std::pair<std::string, std::string>> pairs;
  std::vector<std::string> repeated;
  /// Lines, from 1, that are neither read nor blank nor a comment.
  std::vector<std::size_t> ignored_lines;
};

/// `read_dotenv` reads `text` as the package dotenv 16.3.1 does by its regular expressions, without
/// their backtracking: quotes of three kinds, over several lines too, comments, `export`, `:`.
[[nodiscard]] DotenvLines read_dotenv(std::string_view text);

}  // namespace postern::compiler
