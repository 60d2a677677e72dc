#include "harness/commands/lint.h"

#include <unistd.h>

#include <filesystem>
#include <memory>
#include <optional>

#include "harness/commands/policy_files.h"
#include "harness/contract/hosts.h"
#include "harness/engine/engine.h"
#include "harness/host/frames.h"
#include "harness/host/read_file.h"

namespace postern::harness {

namespace {

/// Asks the core itself, so that nothing passes here that a gate answers 503 for.
void judge_values(const compiler::Judgeable& judgeable, const std::string& file,
                  compiler::Report& report) {
  const std::string_view policy(reinterpret_cast<const char*>(judgeable.policy.data()),
                                judgeable.policy.size());
  const Configured configured = decode_configured(
      make_native_engine()->configure(encode_configure(policy, judgeable.values)));
  for (const frame::Problem& problem : configured.problems) {
    compiler::report_problem(static_cast<std::uint8_t>(problem.problem), problem.source, file,
                             report);
  }
}

/// The configuration beside the policy that wrangler would take, or an empty path.
/// Source: `findWranglerConfig` of wrangler 4.164.0, read 2026-11-29.
std::filesystem::path configuration_beside(const std::string& policy) {
  for (const char* name : {"wrangler.json", "wrangler.jsonc", "wrangler.toml"}) {
    std::error_code unknown;
    const std::filesystem::path file = std::filesystem::path(policy).parent_path() / name;
    if (std::filesystem::is_regular_file(file, unknown)) {
      return file;
    }
  }
  return {};
}

}  // namespace

int run_lint(const LintOptions& options) {
  compiler::Report report;
  compiler::Catalogue catalogue = open_catalogue(options.providers, report);
  FileText values;
  std::optional<compiler::GivenFile> values_file;
  if (!options.environment_file.empty()) {
    values = read_whole(options.environment_file, file_bytes_max);
    values_file = given_file(options.environment_file, values);
  }
  const FileText policy = read_whole(options.file, file_bytes_max);
  compiler::LintInput input{.policy = given_file(options.file, policy),
                            .values_file = values_file,
                            .configuration = {},
                            .process = process_environment(),
                            .values = options.values};
  FileText configuration;
  const std::string configuration_file = options.wrangler_file.empty()
                                             ? configuration_beside(options.file).string()
                                             : options.wrangler_file;
  if (!configuration_file.empty()) {
    configuration = read_whole(configuration_file, file_bytes_max);
    input.configuration = given_file(configuration_file, configuration);
  }
  const auto judgeable = lint_files(input, cloudflare_limits, catalogue, report);
  if (judgeable.has_value()) {
    judge_values(*judgeable, options.file, report);
  }
  return print_output(
      lint_output(report, options.file, options.format, options.level, colour_for(STDOUT_FILENO)));
}

void register_lint(CommandLine& line) {
  Command& command = line.add("lint", Group::everyday, "Show what is wrong with a policy");
  auto options = std::make_shared<LintOptions>();
  auto strict = std::make_shared<bool>(false);
  auto check_secrets = std::make_shared<bool>(false);
  command.word("FILE", "the policy, such as postern.toml (- is standard input)", Need::required,
               options->file);
  command.choice("--format", "text or json", {"text", "json"}, [options](std::size_t format) {
    options->format = static_cast<compiler::LintFormat>(format);
  });
  add_providers_option(command, options->providers);
  command.text("--env", "FILE", "File of NAME=VALUE lines whose values are checked too",
               options->environment_file);
  command.flag("--check-secrets", "Check the values of the process environment too",
               *check_secrets);
  command.text("--wrangler", "FILE",
               "The Worker's configuration to compare with: wrangler.json, .jsonc or .toml (what "
               "stands beside the policy)",
               options->wrangler_file);
  command.flag("--strict", "Fail on warnings too", *strict);
  command.example("postern lint postern.toml");
  command.example("postern lint postern.toml --env production.env --strict");
  command.note(
      "Ends with 0: it can be compiled, 2: usage, 3: errors, with --strict warnings too, or a file "
      "that cannot be read, 5: a defect of postern. docs/POLICY.md lists what is looked for.");
  command.run([options, strict, check_secrets] {
    options->level = *strict ? compiler::LintLevel::warnings : compiler::LintLevel::errors;
    options->values =
        *check_secrets ? compiler::LintValues::process_environment : compiler::LintValues::none;
    return run_lint(*options);
  });
}

}  // namespace postern::harness
