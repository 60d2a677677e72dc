#pragma once

#include <string>

#include "harness/commands/command_line.h"

namespace postern::harness {

struct ProvidersOptions {
  /// A slug; empty for the table of all.
  std::string name;
  /// Folder of provider files; empty for the embedded catalogue.
  std::string providers;
};

/// `run_providers` prints the catalogue, or all that is known of one provider, and gives the exit
/// code: 0, 2 for an unknown name, 3 for a provider file with errors.
[[nodiscard]] int run_providers(const ProvidersOptions& options);

/// `register_providers` adds `providers` to `line`.
void register_providers(CommandLine& line);

}  // namespace postern::harness
