#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>

namespace postern::harness {

enum class LintFormat : std::uint8_t { text, json };

/// Whether warnings make the command fail.
enum class LintLevel : std::uint8_t { errors, warnings };

/// Which values the linter looks at; names without a value are not checked.
enum class LintValues : std::uint8_t { none, process_environment };

struct LintOptions {
  std::string file;
  std::string providers;
  /// A file of `NAME=VALUE` lines; empty for none.
  std::string environment_file;
  LintFormat format = LintFormat::text;
  LintLevel level = LintLevel::errors;
  LintValues values = LintValues::none;
};

/// `run_lint` prints what is wrong with a policy, to standard output, and gives the exit code: 0,
/// or 3 when something counts by `level`, or a file cannot be read.
[[nodiscard]] int run_lint(const LintOptions& options);

/// `register_lint` adds `lint` to `app`; when it is chosen, `exit_code` is set.
void register_lint(CLI::App& app, int& exit_code);

}  // namespace postern::harness
