#pragma once

#include <string>

#include "compiler/commands/lint_command.h"
#include "harness/commands/command_line.h"

namespace postern::harness {

struct LintOptions {
  std::string file;
  std::string providers;
  /// A file of values by name; empty for none.
  std::string environment_file;
  /// A wrangler.toml; empty for the one beside the policy, if there is one.
  std::string wrangler_file;
  compiler::LintFormat format = compiler::LintFormat::text;
  compiler::LintLevel level = compiler::LintLevel::errors;
  compiler::LintValues values = compiler::LintValues::none;
};

/// `run_lint` prints what is wrong with a policy, to standard output, and gives the exit code: 0,
/// or 3 when something counts by `level`, or a file cannot be read.
[[nodiscard]] int run_lint(const LintOptions& options);

/// `register_lint` adds `lint` to `line`.
void register_lint(CommandLine& line);

}  // namespace postern::harness
