#include "harness/commands/providers.h"

#include <unistd.h>

#include <memory>

#include "compiler/commands/providers_command.h"
#include "harness/commands/policy_files.h"

namespace postern::harness {

int run_providers(const ProvidersOptions& options) {
  compiler::Report report;
  compiler::Catalogue catalogue = open_catalogue(options.providers, report);
  compiler::ProvidersInput input = options.input;
  FileText request;
  if (!options.request_file.empty()) {
    request = read_whole(options.request_file, file_bytes_max);
    input.request = given_file(options.request_file, request);
  }
  return print_output(
      compiler::providers_output(input, catalogue, report, colour_for(STDERR_FILENO)));
}

void register_providers(CommandLine& line) {
  Command& command = line.add("providers", Group::everyday, "Show the catalogue, or one provider");
  auto options = std::make_shared<ProvidersOptions>();
  auto is_json = std::make_shared<bool>(false);
  command.word("NAME", "a provider's slug, or a part of its name or of what else it is called",
               Need::optional, options->input.name);
  command.flag("--signed", "Only those whose signatures cover the whole body",
               options->input.is_signed);
  command.text("--algorithm", "NAME", "Only those who sign with it, such as hmac-sha256",
               options->input.algorithm);
  command.flag("--challenge", "Only those that probe an address before they send",
               options->input.has_challenge);
  command.text("--identify", "FILE",
               "Show who could have sent this request: raw HTTP, or its headers alone (- is "
               "standard input)",
               options->request_file);
  command.flag("--json", "Print JSON", *is_json);
  add_providers_option(command, options->providers);
  for (const char* filter : {"--signed", "--algorithm", "--challenge"}) {
    command.excludes("--identify", filter);
  }
  command.example("postern providers stripe");
  command.example("postern providers --signed --challenge");
  command.example("postern providers --identify request.txt");
  command.note(
      "A slug alone shows all that is known of it, and so does a part of a name that one provider "
      "has. With --identify nothing is verified: it looks at where the request has what, and never "
      "shows a value.");
  command.note(
      "Ends with 0: shown, 1: --identify, and it could be from nobody, 2: usage, or no such "
      "provider, 3: a file that cannot be read, or a provider file with errors, 5: a defect of "
      "postern.");
  command.run([options, is_json] {
    options->input.form = *is_json ? compiler::ProvidersForm::json : compiler::ProvidersForm::text;
    return run_providers(*options);
  });
}

}  // namespace postern::harness
