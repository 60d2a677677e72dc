#include "harness/commands/compile.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>

#include "harness/commands/policy_files.h"
#include "harness/contract/hosts.h"
#include "harness/host/read_file.h"

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

std::optional<compiler::CompiledPolicy> compile_given(const CompileOptions& options,
                                                      compiler::Target target,
                                                      compiler::Catalogue& catalogue,
                                                      compiler::Report& report) {
  const FileText policy = read_whole(options.file, file_bytes_max);
  return compile_file({.policy = {.name = options.file, .text = policy.text, .why = policy.why},
                       .target = target,
                       .origin = options.origin},
                      cloudflare_limits, catalogue, report);
}

}  // namespace

int run_compile(const CompileOptions& options) {
  if (const auto fault =
          options.origin.empty() ? std::nullopt : compiler::check_origin(options.origin)) {
    throw UsageError(*fault);
  }
  compiler::Report report;
  compiler::Catalogue catalogue = open_catalogue(options.providers, report);
  const auto compiled = compile_given(options, options.target, catalogue, report);
  std::error_code unknown;  // One of them may not be there, which is no mistake yet.
  if (fs::equivalent(options.file, options.output, unknown)) {
    report_fault(compiler::FileFault::output_is_policy, options.output, "", report);
  } else if (compiled.has_value() && !write_whole(options.output, compiled->file)) {
    report_fault(compiler::FileFault::output_unwritable, options.output, "", report);
  }
  return print_output(
      compile_output(report, compiled, options.target, options.output, colour_for(STDERR_FILENO)));
}

int run_names(const CompileOptions& options, compiler::NamesForm form) {
  compiler::Report report;
  compiler::Catalogue catalogue = open_catalogue(options.providers, report);
  // For development: a private origin is no reason to hide the names.
  const auto compiled = compile_given(options, compiler::Target::development, catalogue, report);
  return print_output(names_output(report, compiled, form, colour_for(STDERR_FILENO)));
}

void register_compile(CommandLine& line) {
  Command& command =
      line.add("compile", Group::everyday, "Check a policy and write it for the gate");
  auto options = std::make_shared<CompileOptions>();
  auto development = std::make_shared<bool>(false);
  auto names = std::make_shared<bool>(false);
  auto json = std::make_shared<bool>(false);
  command.word("FILE", "the policy, such as postern.toml (- is standard input)", Need::required,
               options->file);
  command.text("--output,-o", "FILE", "Where the policy file goes", options->output);
  add_providers_option(command, options->providers);
  command.flag("--development", "Let plain http in and allow private origins", *development);
  command.text("--origin", "URL",
               "With --development: paths of this origin stand for every destination that is "
               "written in the policy",
               options->origin);
  command.flag("--names", "Print the names of the values that the policy reads, and write nothing",
               *names);
  command.flag("--json", "With --names: what each one is, and what else the host must have", *json);
  command.needs("--origin", "--development");
  command.needs("--json", "--names");
  command.excludes("--names", "--output");
  command.excludes("--names", "--development");
  command.example("postern compile postern.toml -o build/policy.bin");
  command.example("postern compile postern.toml --names");
  command.note(
      "Ends with 0: written, 2: usage, 3: a policy with errors or a file that cannot be read or "
      "written, 5: a defect of postern.");
  command.run([options, development, names, json] {
    if (*names) {
      return run_names(*options, *json ? compiler::NamesForm::json : compiler::NamesForm::lines);
    }
    if (options->output.empty()) {
      throw UsageError("`postern compile` wants --output FILE: where the policy file goes.");
    }
    options->target = *development ? compiler::Target::development : compiler::Target::production;
    return run_compile(*options);
  });
}

}  // namespace postern::harness
