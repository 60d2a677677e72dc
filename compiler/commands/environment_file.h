#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

// Files of values by name, such as secrets. They are read as wrangler reads what is given to
// `wrangler deploy --secrets-file`, so that what is checked is what is deployed.

namespace postern::compiler {

using Values = std::map<std::string, std::string, std::less<>>;

struct EnvironmentFile {
  /// What is deployed: expanded, and with the values that the process has under the same names.
  Values values;
  /// As they stand in the file, which is how `wrangler dev` reads its own.
  Values written;
  /// Names in whose values another one stands now, that the process has otherwise, and that are set
  /// more than once.
  std::vector<std::string> expanded;
  std::vector<std::string> overridden;
  std::vector<std::string> repeated;
  /// Lines, from 1, that are neither read nor a comment.
  std::vector<std::size_t> ignored_lines;
  /// Why nothing could be read; empty when something was.
  std::string fault;
};

/// `read_environment` reads a JSON object of texts, or NAME=VALUE lines as the package dotenv
/// 16.3.1 does, then replaces `$NAME` and `${NAME}` as dotenv-expand 13.0.0 does.
/// Source: both packages, and `parseBulkInputToObject` and `parseAndExpandDotEnv` of wrangler
/// 4.164.0, read 2026-11-29; a test compares the two readings.
[[nodiscard]] EnvironmentFile read_environment(std::string_view text, const Values& process);

}  // namespace postern::compiler
