#include "harness/commands/init.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <memory>

#include "compiler/compiler.h"
#include "harness/commands/init_texts.h"
#include "harness/commands/policy_files.h"
#include "harness/contract/hosts.h"

namespace postern::harness {
namespace {

namespace fs = std::filesystem;

struct NewFile {
  std::string name;
  std::string text;
};
using NewFiles = std::array<NewFile, 3>;

/// The providers of that name, fewer than names where one is no provider's, which is said, with
/// what may have been meant, or where a provider's file has errors.
std::vector<const compiler::SchemeModel*> find_providers(const std::vector<std::string>& names,
                                                         compiler::Catalogue& catalogue,
                                                         compiler::Report& report) {
  std::vector<const compiler::SchemeModel*> providers;
  for (const std::string& name : names) {
    if (!catalogue.has(name)) {
      const std::string guess = compiler::nearest(name, catalogue.slugs());
      fmt::print(stderr, "no provider \"{}\" in the catalogue{}\n", name,
                 guess.empty() ? "" : fmt::format("; did you mean \"{}\"?", guess));
    } else if (const compiler::SchemeModel* model = catalogue.find(name, report)) {
      providers.push_back(model);
    }
  }
  return providers;
}

bool write(const fs::path& file, const std::string& text) {
  std::ofstream stream(file, std::ios::binary | std::ios::trunc);
  stream << text;
  return static_cast<bool>(stream.flush());
}

/// All of them, or none where one is there already and may not be overwritten.
void write_files(const NewFiles& files, const InitOptions& options, InitWrites writes,
                 compiler::Report& report) {
  const fs::path folder(options.folder);
  for (const NewFile& file : files) {
    std::error_code unknown;
    const bool is_there =
        fs::symlink_status(folder / file.name, unknown).type() != fs::file_type::not_found;
    if (is_there && writes == InitWrites::new_files) {
      report.file_error((folder / file.name).string(), "unwritable", "this file is there already",
                        "--force overwrites it, --folder DIR writes elsewhere, --print shows it");
    }
  }
  for (const NewFile& file : files) {
    if (report.errors() == 0 && !write(folder / file.name, file.text)) {
      report.file_error((folder / file.name).string(), "unwritable", "this file cannot be written",
                        "--folder names a folder that is there");
    }
  }
}

void print_files(const NewFiles& files) {
  for (const NewFile& file : files) {
    fmt::print("# ---- {}\n{}\n", file.name, file.text);
  }
}

}  // namespace

int run_init(const InitOptions& options, InitWrites writes) {
  for (auto name = options.names.begin(); name != options.names.end(); ++name) {
    if (std::find(options.names.begin(), name, *name) != name) {
      throw UsageError(fmt::format("{} is named twice: a provider has one source here.", *name));
    }
  }
  compiler::Report report;
  compiler::Catalogue catalogue = open_catalogue(options.providers, report);
  std::vector<const compiler::SchemeModel*> providers;
  if (report.errors() == 0) {
    providers = find_providers(options.names, catalogue, report);
  }
  if (report.errors() > 0) {
    print_to_stderr(report);
    return exit_unreadable;
  }
  if (providers.size() < options.names.size()) {
    return exit_usage;
  }
  const std::string policy = policy_text(providers);
  const auto compiled = compiler::compile_policy(
      policy, "postern.toml", compiler::Target::production, cloudflare_limits, catalogue, report);
  if (!compiled.has_value()) {
    throw std::runtime_error("the policy for these providers does not compile:\n" +
                             text_for_stderr(report));
  }
  const NewFiles files = {
      NewFile{"postern.toml", policy}, NewFile{"wrangler.toml", wrangler_text(compiled->needs)},
      NewFile{"production.env.example", environment_text(compiled->needs, catalogue)}};
  if (writes == InitWrites::output) {
    print_files(files);
    return exit_ok;
  }
  write_files(files, options, writes, report);
  print_to_stderr(report);
  if (report.errors() > 0) {
    return exit_unreadable;
  }
  for (const NewFile& file : files) {
    fmt::print("{}\n", (fs::path(options.folder) / file.name).lexically_normal().string());
  }
  fmt::print("{} sources, {} values from the environment\n", providers.size(),
             compiled->needs.values.size());
  return exit_ok;
}

void register_init(CommandLine& line) {
  Command& command =
      line.add("init", Group::everyday, "Write a policy for the senders that you have");
  auto options = std::make_shared<InitOptions>();
  auto force = std::make_shared<bool>(false);
  auto print = std::make_shared<bool>(false);
  command.words("NAME", "providers by their slugs, as `postern providers` lists them",
                options->names);
  command.text("--folder", "DIR", "Where the files go (.)", options->folder);
  command.flag("--force", "Overwrite files that are there", *force);
  command.flag("--print", "Write no file: print the texts one behind the other", *print);
  add_providers_option(command, options->providers);
  command.excludes("--print", "--folder");
  command.excludes("--print", "--force");
  command.example("postern init stripe github");
  command.example("postern init stripe --print");
  command.note(
      "Writes postern.toml, the wrangler.toml of its Worker with the names that it reads, and "
      "production.env.example with those names to fill in.");
  command.note(
      "Ends with 0: written, 2: usage, or no such provider, 3: a file that is there already or "
      "cannot be written, or a provider file with errors, 5: a defect of postern.");
  command.run([options, force, print] {
    if (options->names.empty()) {
      throw UsageError("`postern init` wants NAME...: the providers that send to the gate.");
    }
    return run_init(*options, *print   ? InitWrites::output
                              : *force ? InitWrites::any_files
                                       : InitWrites::new_files);
  });
}

}  // namespace postern::harness
