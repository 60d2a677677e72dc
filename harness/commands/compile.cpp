#include "harness/commands/compile.h"

#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>

#include "harness/commands/policy_files.h"

namespace postern::harness {
namespace {

namespace fs = std::filesystem;

bool write_bytes(const fs::path& target, const std::vector<std::byte>& bytes) {
  std::ofstream file(target, std::ios::binary | std::ios::trunc);
  file.write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
  return file.flush().good();
}

/// Writes beside the target and renames: a reader never sees half a policy. Follows links, and
/// writes into what is no file, such as a pipe.
bool write_whole(const fs::path& target, const std::vector<std::byte>& bytes) {
  std::error_code fault;
  const fs::file_status status = fs::status(target, fault);
  if (fs::exists(status) && !fs::is_regular_file(status)) {
    return write_bytes(target, bytes);
  }
  const fs::path whole = fs::weakly_canonical(target, fault);
  fs::path partial = whole;
  partial += ".partial";
  if (write_bytes(partial, bytes)) {
    fs::rename(partial, whole, fault);
    if (!fault) {
      return true;
    }
  }
  fs::remove(partial, fault);
  return false;
}

void warn_of_development() {
  fmt::print(stderr,
             "warning: compiled for development: plain http is let in and private origins are "
             "allowed. Do not deploy this policy.\n");
}

}  // namespace

int run_compile(const CompileOptions& options) {
  Report report;
  Catalogue catalogue = open_catalogue(options.providers, report);
  const std::optional<std::string> text = read_file(options.file);
  if (!text.has_value()) {
    report.file_error(options.file, "unreadable", "this policy cannot be read", "");
  }
  std::optional<CompiledPolicy> compiled;
  if (report.errors() == 0) {
    compiled = compile_policy(*text, options.file, options.target, catalogue, report);
  }
  std::error_code unknown;  // One of them may not be there, which is no mistake yet.
  if (fs::equivalent(options.file, options.output, unknown)) {
    report.file_error(options.output, "unwritable", "this is the policy itself",
                      "give the policy file another name");
  } else if (compiled.has_value() && !write_whole(options.output, compiled->file)) {
    report.file_error(options.output, "unwritable", "the policy file cannot be written", "");
  }
  print_to_stderr(report);
  if (report.errors() != 0 || !compiled.has_value()) {
    return exit_unreadable;
  }
  if (options.target == Target::development) {
    warn_of_development();
  }
  fmt::print("{}: {} bytes, {} values from the environment\n", options.output,
             compiled->file.size(), compiled->setting_names.size());
  for (const std::string& binding : compiled->rate_bindings) {
    fmt::print(
        "  a rate limit counts in the binding {} of wrangler.toml; without it, it counts "
        "nothing\n",
        binding);
  }
  return exit_ok;
}

void register_compile(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("compile", "Check a policy and write it for the gate");
  auto options = std::make_shared<CompileOptions>();
  auto development = std::make_shared<bool>(false);
  command->add_option("file", options->file, "The policy, such as postern.toml")->required();
  command->add_option("-o,--output", options->output, "Where the policy file goes")->required();
  add_providers_option(*command, options->providers);
  command->add_flag("--development", *development, "Let plain http in and allow private origins");
  command->footer(
      "Example:\n"
      "  postern compile postern.toml -o build/policy.bin\n"
      "Ends with 0: written, 2: usage, 3: a policy with errors or a file that cannot be read or\n"
      "written, 5: a defect of postern.");
  command->callback([options, development, &exit_code] {
    options->target = *development ? Target::development : Target::production;
    exit_code = run_compile(*options);
  });
}

}  // namespace postern::harness
