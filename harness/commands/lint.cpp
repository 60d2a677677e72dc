#include "harness/commands/lint.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <memory>

#include "compiler/compiler.h"
#include "harness/commands/policy_files.h"
#include "harness/commands/wrangler_file.h"
#include "harness/contract/hosts.h"
#include "harness/engine/engine.h"
#include "harness/host/frames.h"
#include "harness/host/read_file.h"

namespace postern::harness {

namespace {

/// Words for what the core says of a source, by its number in docs/OPERATING.md.
std::string_view show_problem(contract::SourceProblem problem) {
  using enum contract::SourceProblem;
  switch (problem) {
    case none:
      break;
    case bad_secret:
      return "does not take one of its secrets";
    case bad_destination:
      return "does not take one of its destinations";
    case bad_url:
      return "does not take its `url`";
    case bad_forward_secret:
      return "does not take the secret that signs forwards";
  }
  return "does not take its settings";
}

/// Asks the core itself, so that nothing passes here that a gate answers 503 for.
void judge_values(const compiler::CompiledPolicy& compiled, const std::string& file,
                  const compiler::Environment& environment, compiler::Report& report) {
  std::vector<std::string> values;
  for (const std::string& name : compiled.setting_names) {
    const auto found = environment.values.find(name);
    if (found == environment.values.end()) {
      report.file_error(file, "missing-value",
                        fmt::format("{} is not set in the environment", name), "");
      return;
    }
    values.push_back(found->second);
  }
  const std::string_view policy(reinterpret_cast<const char*>(compiled.file.data()),
                                compiled.file.size());
  const Configured configured =
      decode_configured(make_native_engine()->configure(encode_configure(policy, values)));
  for (const frame::Problem& problem : configured.problems) {
    report.file_error(
        file, "unusable-source",
        fmt::format("the gate {} of source `{}`", show_problem(problem.problem), problem.source),
        "it would answer 503 to every delivery; `postern providers NAME` shows the "
        "form of its secrets, docs/POLICY.md that of the others");
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

void compare_with_wrangler(const compiler::HostNeeds& needs, const LintOptions& options,
                           compiler::Report& report) {
  const std::filesystem::path file = options.wrangler_file.empty()
                                         ? configuration_beside(options.file)
                                         : std::filesystem::path(options.wrangler_file);
  if (file.empty()) {
    return;
  }
  const auto [text, why] = read_whole(file.string(), file_bytes_max);
  if (!text.has_value()) {
    report.file_error(file.string(), "unreadable", "this configuration cannot be read", why);
    return;
  }
  lint_wrangler(needs, *text, file.string(), report);
}

void lint_text(const std::string& text, const LintOptions& options,
               const compiler::Environment& environment, compiler::Catalogue& catalogue,
               compiler::Report& report) {
  const auto compiled =
      compiler::lint_policy(text, options.file, environment, cloudflare_limits, catalogue, report);
  if (!compiled.has_value()) {
    return;
  }
  compare_with_wrangler(compiled->needs, options, report);
  if (environment.is_known && report.errors() == 0) {
    judge_values(*compiled, options.file, environment, report);
  }
}

}  // namespace

int run_lint(const LintOptions& options) {
  compiler::Report report;
  compiler::Catalogue catalogue = open_catalogue(options.providers, report);
  compiler::Environment environment;
  if (options.values == LintValues::process_environment) {
    environment = process_environment();
  }
  if (!options.environment_file.empty()) {
    read_environment_file(options.environment_file, environment, report);
  }
  const auto [text, why] = read_whole(options.file, file_bytes_max);
  if (text.has_value()) {
    lint_text(*text, options, environment, catalogue, report);
  } else {
    report.file_error(options.file, "unreadable", "this policy cannot be read", why);
  }
  if (options.format == LintFormat::json) {
    fmt::print("{}", as_json(report.sorted()));
  } else {
    fmt::print("{}{}: {} error{}, {} warning{}\n",
               as_text(report.sorted(), colour_for(STDOUT_FILENO), report.found()), options.file,
               report.errors(), report.errors() == 1 ? "" : "s", report.warnings(),
               report.warnings() == 1 ? "" : "s");
  }
  const bool strict = options.level == LintLevel::warnings;
  const bool fails = report.errors() != 0 || (strict && report.warnings() != 0);
  return fails ? exit_unreadable : exit_ok;
}

void register_lint(CommandLine& line) {
  Command& command = line.add("lint", Group::everyday, "Show what is wrong with a policy");
  auto options = std::make_shared<LintOptions>();
  auto strict = std::make_shared<bool>(false);
  auto check_secrets = std::make_shared<bool>(false);
  command.word("FILE", "the policy, such as postern.toml (- is standard input)", Need::required,
               options->file);
  command.choice("--format", "text or json", {"text", "json"}, [options](std::size_t format) {
    options->format = static_cast<LintFormat>(format);
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
    options->level = *strict ? LintLevel::warnings : LintLevel::errors;
    options->values = *check_secrets ? LintValues::process_environment : LintValues::none;
    return run_lint(*options);
  });
}

}  // namespace postern::harness
