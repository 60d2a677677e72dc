#pragma once

#include <CLI/CLI.hpp>
#include <string>

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

/// `register_providers` adds `providers` to `app`; when it is chosen, `exit_code` is set.
void register_providers(CLI::App& app, int& exit_code);

}  // namespace postern::harness
