#pragma once

#include <string>

#include "compiler/commands/providers_command.h"
#include "harness/commands/command_line.h"

namespace postern::harness {

struct ProvidersOptions {
  compiler::ProvidersInput input;
  /// Of the request that is to be identified; empty for none.
  std::string request_file;
  /// Folder of provider files; empty for the embedded catalogue.
  std::string providers;
};

/// `run_providers` prints what `compiler::providers_output` says, and gives the exit code.
[[nodiscard]] int run_providers(const ProvidersOptions& options);

/// `register_providers` adds `providers` to `line`.
void register_providers(CommandLine& line);

}  // namespace postern::harness
