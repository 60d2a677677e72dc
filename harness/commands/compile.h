#pragma once

#include <string>

#include "compiler/commands/compile_command.h"
#include "harness/commands/command_line.h"

namespace postern::harness {

struct CompileOptions {
  std::string file;
  std::string output;
  /// Folder of provider files; empty for the embedded catalogue.
  std::string providers;
  compiler::Target target = compiler::Target::production;
  /// For development: stands for every literal destination; empty for none.
  std::string origin;
};

/// `run_names` prints the names of the values that a policy reads, and gives the exit code: 0, or 3
/// for a policy with errors.
[[nodiscard]] int run_names(const CompileOptions& options, compiler::NamesForm form);

/// `run_compile` writes the policy file, whole or not at all, and gives the exit code: 0, or 3 when
/// the policy has an error or a file cannot be read or written.
[[nodiscard]] int run_compile(const CompileOptions& options);

/// `register_compile` adds `compile` to `line`.
void register_compile(CommandLine& line);

}  // namespace postern::harness
