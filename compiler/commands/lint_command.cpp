#include "compiler/commands/lint_command.h"

#include <fmt/format.h>

#include <memory>
#include <utility>

#include "compiler/commands/wrangler_file.h"
#include "compiler/compiler.h"
#include "compiler/destination.h"

namespace postern::compiler {
namespace {

void report_values_file(const EnvironmentFile& file, const std::string& path, Report& report) {
  const auto file_name = std::make_shared<const std::string>(path);
  for (const std::size_t line : file.ignored_lines) {
    const toml::source_position begin{static_cast<toml::source_index>(line), 1};
    report.error({.begin = begin, .end = begin, .path = file_name}, "bad-line",
                 "this is not NAME=VALUE", "");
  }
  for (const std::string& name : file.expanded) {
    report.file_warning(
        path, "expanded-value",
        fmt::format("in the value of {}, `$` stands for another value", name),
        "wrangler replaces it when it deploys from the file, though not in `wrangler "
        "secret bulk`: write \\$ for the sign itself, or use JSON");
  }
  for (const std::string& name : file.overridden) {
    report.file_warning(path, "value-from-environment",
                        fmt::format("the process's environment has another value of {}, which is "
                                    "the one that wrangler would deploy",
                                    name),
                        "unset it");
  }
  for (const std::string& name : file.repeated) {
    report.file_warning(path, "repeated-name", fmt::format("{} stands here again", name),
                        "the last one counts");
  }
}

/// As `wrangler deploy --secrets-file` would read the file in this process's environment. Shows no
/// value.
void read_values_file(const GivenFile& given, const Values& process, Environment& environment,
                      Report& report) {
  if (!given.text.has_value()) {
    report_fault(FileFault::values_unreadable, given.name, given.why, report);
    return;
  }
  environment.is_known = true;
  const EnvironmentFile file = read_environment(*given.text, process);
  if (!file.fault.empty()) {
    report.file_error(given.name, "bad-values", "this is no file of values: " + file.fault, "");
    return;
  }
  report_values_file(file, given.name, report);
  for (const auto& [name, value] : file.values) {
    environment.values[name] = value;
  }
}

Environment read_values(const LintInput& input, Report& report) {
  Environment environment;
  if (input.values == LintValues::process_environment) {
    environment = {.is_known = true, .values = input.process};
  }
  if (input.values_file.has_value()) {
    read_values_file(*input.values_file, input.process, environment, report);
  }
  return environment;
}

/// Nothing after reporting the first that is not set.
std::optional<Judgeable> judgeable_of(const CompiledPolicy& compiled, const std::string& file,
                                      const Environment& environment, Report& report) {
  Judgeable judgeable{.policy = compiled.file, .values = {}};
  for (const std::string& name : compiled.setting_names) {
    if (is_handler(name)) {
      judgeable.values.emplace_back(handler_address);
      continue;
    }
    const auto found = environment.values.find(name);
    if (found == environment.values.end()) {
      report.file_error(file, "missing-value",
                        fmt::format("{} is not set in the environment", name), "");
      return std::nullopt;
    }
    judgeable.values.push_back(found->second);
  }
  return judgeable;
}

void compare_with_configuration(const HostNeeds& needs, const GivenFile& file,
                                const HostLimits& host, Report& report) {
  if (file.text.has_value()) {
    lint_wrangler(needs, *file.text, file.name, host, report);
  } else {
    report_fault(FileFault::configuration_unreadable, file.name, file.why, report);
  }
}

std::string_view show_problem(std::uint8_t problem) {
  switch (problem) {
    case 1:
      return "does not take one of its secrets";
    case 2:
      return "does not take one of its destinations";
    case 3:
      return "does not take its `url`";
    case 4:
      return "does not take the secret that signs forwards";
    default:
      return "does not take its settings";
  }
}

}  // namespace

std::optional<Judgeable> lint_files(const LintInput& input, const HostLimits& host,
                                    Catalogue& catalogue, Report& report) {
  const Environment environment = read_values(input, report);
  if (!input.policy.text.has_value()) {
    report_fault(FileFault::policy_unreadable, input.policy.name, input.policy.why, report);
    return std::nullopt;
  }
  const auto compiled =
      lint_policy(*input.policy.text, input.policy.name, environment, host, catalogue, report);
  if (!compiled.has_value()) {
    return std::nullopt;
  }
  if (input.configuration.has_value()) {
    compare_with_configuration(compiled->needs, *input.configuration, host, report);
  }
  return environment.is_known && report.errors() == 0
             ? judgeable_of(*compiled, input.policy.name, environment, report)
             : std::nullopt;
}

void report_problem(std::uint8_t problem, std::string_view source, const std::string& file,
                    Report& report) {
  report.file_error(file, "unusable-source",
                    fmt::format("the gate {} of source `{}`", show_problem(problem), source),
                    "it would answer 503 to every delivery; `postern providers NAME` shows the "
                    "form of its secrets, docs/POLICY.md that of the others");
}

CommandOutput lint_output(const Report& report, std::string_view file, LintFormat format,
                          LintLevel level, Colour colour) {
  CommandOutput output;
  if (format == LintFormat::json) {
    output.out = as_json(report.sorted());
  } else {
    output.out = fmt::format("{}{}: {} error{}, {} warning{}\n", report_text(report, colour), file,
                             report.errors(), report.errors() == 1 ? "" : "s", report.warnings(),
                             report.warnings() == 1 ? "" : "s");
  }
  const bool strict = level == LintLevel::warnings;
  const bool fails = report.errors() != 0 || (strict && report.warnings() != 0);
  output.exit = fails ? Exit::unreadable : Exit::ok;
  return output;
}

}  // namespace postern::compiler
