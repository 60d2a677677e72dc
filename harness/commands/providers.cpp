#include "harness/commands/providers.h"

#include <unistd.h>

#include <memory>

#include "compiler/commands/providers_command.h"
#include "harness/commands/policy_files.h"

namespace postern::harness {

int run_providers(const ProvidersOptions& options) {
  compiler::Report report;
  compiler::Catalogue catalogue = open_catalogue(options.providers, report);
  return print_output(
      compiler::providers_output(catalogue, options.name, report, colour_for(STDERR_FILENO)));
}

void register_providers(CommandLine& line) {
  Command& command = line.add("providers", Group::everyday, "Show the catalogue, or one provider");
  auto options = std::make_shared<ProvidersOptions>();
  command.word("NAME", "a provider's slug: the first column of the table", Need::optional,
               options->name);
  add_providers_option(command, options->providers);
  command.example("postern providers stripe");
  command.note(
      "Ends with 0: shown, 2: usage, or no such provider, 3: a provider file with errors, 5: a "
      "defect of postern.");
  command.run([options] { return run_providers(*options); });
}

}  // namespace postern::harness
