#include "harness/commands/init.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>

#include "compiler/commands/init_command.h"
#include "harness/commands/policy_files.h"
#include "harness/contract/hosts.h"
#include "harness/host/read_file.h"

namespace postern::harness {
namespace {

namespace fs = std::filesystem;

bool write(const fs::path& file, const std::string& text) {
  std::ofstream stream(file, std::ios::binary | std::ios::trunc);
  stream << text;
  return static_cast<bool>(stream.flush());
}

bool is_there(const fs::path& file) {
  std::error_code unknown;
  return fs::symlink_status(file, unknown).type() != fs::file_type::not_found;
}

/// All of them, or none where one is there already and may not be overwritten.
void write_files(const compiler::NewFiles& made, const InitOptions& options, InitWrites writes,
                 compiler::Report& report) {
  const fs::path folder(options.folder);
  for (const compiler::NewFile& file : made.files) {
    if (writes == InitWrites::new_files && is_there(folder / file.name)) {
      report_fault(compiler::FileFault::file_exists, (folder / file.name).string(), "", report);
    }
  }
  for (const compiler::NewFile& file : made.files) {
    if (report.errors() == 0 && !write(folder / file.name, file.text)) {
      report_fault(compiler::FileFault::file_unwritable, (folder / file.name).string(), "", report);
    }
  }
}

}  // namespace

int run_init(const InitOptions& options, InitWrites writes) {
  compiler::Report report;
  compiler::Catalogue catalogue = open_catalogue(options.providers, report);
  const fs::path gitignore = fs::path(options.folder) / ".gitignore";
  const bool keeps_gitignore = writes != InitWrites::output && is_there(gitignore);
  FileText ignored;
  compiler::InitInput input{.names = options.names,
                            .place = options.place,
                            .sample = wrangler_sample(),
                            .gitignore = std::nullopt};
  if (keeps_gitignore) {
    ignored = read_whole(gitignore.string(), file_bytes_max);
    input.gitignore = ignored.text.has_value() ? std::string_view(*ignored.text) : "";
  }
  const compiler::HostLimits& host =
      options.place == compiler::InitPlace::worker ? cloudflare_limits : local_limits;
  const compiler::NewFiles made =
      make_files(input, host, catalogue, report, colour_for(STDERR_FILENO));
  if (made.refusal.has_value()) {
    return print_output(*made.refusal);
  }
  if (writes == InitWrites::output) {
    return print_output({.out = files_text(made), .err = "", .exit = compiler::Exit::ok});
  }
  write_files(made, options, writes, report);
  print_to_stderr(report);
  if (report.errors() > 0) {
    return exit_unreadable;
  }
  std::vector<std::string> files;
  for (const compiler::NewFile& file : made.files) {
    files.push_back((fs::path(options.folder) / file.name).lexically_normal().string());
  }
  return print_output(
      {.out = written_text(made, files, input), .err = "", .exit = compiler::Exit::ok});
}

void register_init(CommandLine& line) {
  Command& command =
      line.add("init", Group::everyday, "Write a policy for the senders that you have");
  auto options = std::make_shared<InitOptions>();
  auto force = std::make_shared<bool>(false);
  auto print = std::make_shared<bool>(false);
  auto node = std::make_shared<bool>(false);
  command.words("NAME", "providers by their slugs, as `postern providers` lists them",
                options->names);
  command.flag("--node", "Write a program for Node, in place of a Worker", *node);
  command.text("--folder", "DIR", "Where the files go", options->folder);
  command.flag("--force", "Overwrite files that are there", *force);
  command.flag("--print", "Write no file: print the texts one behind the other", *print);
  add_providers_option(command, options->providers);
  command.excludes("--print", "--folder");
  command.excludes("--print", "--force");
  command.example("postern init stripe github");
  command.example("postern init stripe --node");
  command.example("postern init stripe --print");
  command.note(
      "Writes postern.toml, the wrangler.toml of its Worker with the bindings, queues and names "
      "that it needs, and .dev.vars.example with those names to fill in; with --node, server.mjs "
      "and .env.example. A .gitignore that is there stays as it is, and what it lacks is told.");
  command.note(
      "Ends with 0: written, 2: usage, or no such provider, 3: a file that is there already or "
      "cannot be written, or a provider file with errors, 5: a defect of postern.");
  command.run([options, force, print, node] {
    options->place = *node ? compiler::InitPlace::node : compiler::InitPlace::worker;
    if (options->names.empty()) {
      throw UsageError("`postern init` wants NAME...: the providers that send to the gate.");
    }
    return run_init(*options, *print   ? InitWrites::output
                              : *force ? InitWrites::any_files
                                       : InitWrites::new_files);
  });
}

}  // namespace postern::harness
