#include "compiler/commands/init_command.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "compiler/commands/init_texts.h"
#include "compiler/commands/providers_command.h"
#include "compiler/compiler.h"

namespace postern::compiler {
namespace {

std::optional<CommandOutput> refuse_names(const std::vector<std::string>& names) {
  if (names.size() > policy::sources_max) {
    return usage_output(fmt::format("{} providers are named, and a gate has at most {} sources.",
                                    names.size(), policy::sources_max));
  }
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

NewFiles make_files(const InitInput& input, const HostLimits& host, Catalogue& catalogue,
                    Report& report, Colour colour) {
  if (auto refusal = refuse_names(input.names)) {
    return refused(std::move(*refusal));
  }
  std::vector<const SchemeModel*> providers;
  std::string unknown;
  if (report.errors() == 0) {
    providers = find_providers(input.names, catalogue, report, unknown);
  }
  if (report.errors() > 0) {
    return refused(
        {.out = "", .err = unknown + report_text(report, colour), .exit = Exit::unreadable});
  }
  if (!unknown.empty()) {
    return refused({.out = "", .err = unknown, .exit = Exit::usage});
  }
  const std::string policy = policy_text(providers, input.place);
  Report of_policy;
  const auto compiled =
      compile_policy(policy, "postern.toml", Target::production, host, catalogue, of_policy);
  if (!compiled.has_value()) {
    return refused({.out = "",
                    .err = "postern: a defect of its own: the policy for these providers does not "
                           "compile:\n" +
                           report_text(of_policy, colour),
                    .exit = Exit::defect});
  }
  NewFiles made{.files = {}, .values = compiled->needs.values.size(), .refusal = std::nullopt};
  const std::string values = environment_text(compiled->needs, input.place, catalogue);
  if (input.place == InitPlace::worker) {
    made.files = {{"postern.toml", policy},
                  {"wrangler.toml", wrangler_text(compiled->needs, input.sample)},
                  {".dev.vars.example", values}};
  } else {
    made.files = {{"server.mjs", server_text(providers)}, {".env.example", values}};
  }
  if (!input.gitignore.has_value()) {
    made.files.push_back({".gitignore", ignore_text()});
  }
  return made;
}

std::string files_text(const NewFiles& made) {
  std::string text;
  for (const NewFile& file : made.files) {
    text += fmt::format("# ---- {}\n{}\n", file.name, file.text);
  }
  return text;
}

std::string written_text(const NewFiles& made, const std::vector<std::string>& files,
                         const InitInput& input) {
  std::string text;
  for (const std::string& file : files) {
    text += file + "\n";
  }
  text += fmt::format("{} source{}, {} value{} from the environment\n", input.names.size(),
                      input.names.size() == 1 ? "" : "s", made.values, made.values == 1 ? "" : "s");
  const auto lacking =
      input.gitignore.has_value() ? not_ignored(*input.gitignore) : std::vector<std::string_view>{};
  if (!lacking.empty()) {
    text += fmt::format(
        ".gitignore is there already and stays as it is; these lines of it would keep values and "
        "what is made here out of the repository:\n  {}\n",
        fmt::join(lacking, "\n  "));
  }
  return text;
}

}  // namespace postern::compiler
