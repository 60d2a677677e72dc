#include "compiler/commands/init_command.h"

#include <fmt/format.h>

#include <algorithm>

#include "compiler/commands/init_texts.h"
#include "compiler/commands/providers_command.h"
#include "compiler/compiler.h"

namespace postern::compiler {
namespace {

std::optional<CommandOutput> refuse_twice(const std::vector<std::string>& names) {
  for (auto name = names.begin(); name != names.end(); ++name) {
    if (std::find(names.begin(), name, *name) != name) {
      return usage_output(fmt::format("{} is named twice: a provider has one source here.", *name));
    }
  }
  return std::nullopt;
}

/// The providers of that name, fewer than names where one is no provider's, which `unknown` gets,
/// or where a provider's file has errors.
std::vector<const SchemeModel*> find_providers(const std::vector<std::string>& names,
                                               Catalogue& catalogue, Report& report,
                                               std::string& unknown) {
  std::vector<const SchemeModel*> providers;
  for (const std::string& name : names) {
    if (!catalogue.has(name)) {
      unknown += unknown_provider(name, catalogue);
    } else if (const SchemeModel* model = catalogue.find(name, report)) {
      providers.push_back(model);
    }
  }
  return providers;
}

NewFiles refused(CommandOutput refusal) {
  return {.files = {}, .values = 0, .refusal = std::move(refusal)};
}

}  // namespace

NewFiles make_files(const std::vector<std::string>& names, std::string_view sample,
                    const HostLimits& host, Catalogue& catalogue, Report& report, Colour colour) {
  if (auto refusal = refuse_twice(names)) {
    return refused(std::move(*refusal));
  }
  std::vector<const SchemeModel*> providers;
  std::string unknown;
  if (report.errors() == 0) {
    providers = find_providers(names, catalogue, report, unknown);
  }
  if (report.errors() > 0) {
    return refused(
        {.out = "", .err = unknown + report_text(report, colour), .exit = Exit::unreadable});
  }
  if (!unknown.empty()) {
    return refused({.out = "", .err = unknown, .exit = Exit::usage});
  }
  const std::string policy = policy_text(providers);
  const auto compiled =
      compile_policy(policy, "postern.toml", Target::production, host, catalogue, report);
  if (!compiled.has_value()) {
    return refused({.out = "",
                    .err = "postern: a defect of its own: the policy for these providers does not "
                           "compile:\n" +
                           report_text(report, colour),
                    .exit = Exit::defect});
  }
  return {.files = {{"postern.toml", policy},
                    {"wrangler.toml", wrangler_text(compiled->needs, sample)},
                    {"production.env.example", environment_text(compiled->needs, catalogue)}},
          .values = compiled->needs.values.size(),
          .refusal = std::nullopt};
}

std::string files_text(const NewFiles& made) {
  std::string text;
  for (const NewFile& file : made.files) {
    text += fmt::format("# ---- {}\n{}\n", file.name, file.text);
  }
  return text;
}

std::string written_text(const NewFiles& made, const std::vector<std::string>& files,
                         std::size_t sources) {
  std::string text;
  for (const std::string& file : files) {
    text += file + "\n";
  }
  return text + fmt::format("{} sources, {} values from the environment\n", sources, made.values);
}

}  // namespace postern::compiler
