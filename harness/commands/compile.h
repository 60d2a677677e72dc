#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "harness/policy/compile_policy.h"

namespace postern::harness {

struct CompileOptions {
  std::string file;
  std::string output;
  /// Folder of provider files; empty for the embedded catalogue.
  std::string providers;
  Target target = Target::production;
};

/// `run_compile` writes the policy file, whole or not at all, and gives the exit code: 0, or 3 when
/// the policy has an error or a file cannot be read or written.
[[nodiscard]] int run_compile(const CompileOptions& options);

/// `register_compile` adds `compile` to `app`; when it is chosen, `exit_code` is set.
void register_compile(CLI::App& app, int& exit_code);

}  // namespace postern::harness
