#include "harness/commands/lint.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <map>
#include <memory>

#include "harness/commands/policy_files.h"
#include "harness/policy/compile_policy.h"

namespace postern::harness {

int run_lint(const LintOptions& options) {
  Report report;
  Catalogue catalogue = open_catalogue(options.providers, report);
  Environment environment;
  if (options.values == LintValues::process_environment) {
    environment = process_environment();
  }
  if (!options.environment_file.empty()) {
    read_environment_file(options.environment_file, environment, report);
  }
  const std::optional<std::string> text = read_file(options.file);
  if (text.has_value()) {
    lint_policy(*text, options.file, environment, catalogue, report);
  } else {
    report.file_error(options.file, "unreadable", "this policy cannot be read",
                      "it is not there, is a folder, or is not yours to read");
  }
  if (options.format == LintFormat::json) {
    fmt::print("{}", as_json(report.sorted()));
  } else {
    fmt::print("{}{}: {} error{}, {} warning{}\n",
               as_text(report.sorted(), colour_for(STDOUT_FILENO)), options.file, report.errors(),
               report.errors() == 1 ? "" : "s", report.warnings(),
               report.warnings() == 1 ? "" : "s");
  }
  const bool strict = options.level == LintLevel::warnings;
  const bool fails = report.errors() != 0 || (strict && report.warnings() != 0);
  return fails ? exit_unreadable : exit_ok;
}

void register_lint(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("lint", "Show what is wrong with a policy");
  auto options = std::make_shared<LintOptions>();
  auto strict = std::make_shared<bool>(false);
  auto check_secrets = std::make_shared<bool>(false);
  const std::map<std::string, LintFormat> formats = {{"text", LintFormat::text},
                                                     {"json", LintFormat::json}};
  command->add_option("file", options->file, "The policy, such as postern.toml")->required();
  command->add_option("--format", options->format, "text or json")
      ->transform(CLI::CheckedTransformer(formats).description(""));
  add_providers_option(*command, options->providers);
  command->add_option("--env", options->environment_file,
                      "File of NAME=VALUE lines whose values are checked too");
  command->add_flag("--check-secrets", *check_secrets,
                    "Check the values of the process environment too");
  command->add_flag("--strict", *strict, "Fail on warnings too");
  command->footer(
      "Examples:\n"
      "  postern lint postern.toml\n"
      "  postern lint postern.toml --env production.env --strict\n"
      "Ends with 0: it can be compiled, 2: usage, 3: errors, with --strict warnings too, or a "
      "file\n"
      "that cannot be read, 5: a defect of postern. docs/POLICY.md lists what is looked for.");
  command->callback([options, strict, check_secrets, &exit_code] {
    options->level = *strict ? LintLevel::warnings : LintLevel::errors;
    options->values = *check_secrets ? LintValues::process_environment : LintValues::none;
    exit_code = run_lint(*options);
  });
}

}  // namespace postern::harness
