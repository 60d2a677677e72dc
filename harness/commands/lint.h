#pragma once

#include <cstdint>
#include <string>

#include "harness/commands/command_line.h"

namespace postern::harness {

enum class LintFormat : std::uint8_t { text, json };

/// Whether warnings make the command fail.
enum class LintLevel : std::uint8_t { errors, warnings };

/// Which values the linter looks at; names without a value are not checked.
enum class LintValues : std::uint8_t { none, process_environment };

struct LintOptions {
  std::string file;
  std::string providers;
  /// A file of values by name; empty for none.
  std::string environment_file;
  /// A wrangler.toml; empty for the one beside the policy, if there is one.
  std::string wrangler_file;
  LintFormat format = LintFormat::text;
  LintLevel level = LintLevel::errors;
  LintValues values = LintValues::none;
};

/// `run_lint` prints what is wrong with a policy, to standard output, and gives the exit code: 0,
/// or 3 when something counts by `level`, or a file cannot be read.
[[nodiscard]] int run_lint(const LintOptions& options);

/// `register_lint` adds `lint` to `line`.
void register_lint(CommandLine& line);

}  // namespace postern::harness
