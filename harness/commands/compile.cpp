#include "harness/commands/compile.h"

#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>

#include "compiler/destination.h"
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

/// Whether a path makes a destination of it.
bool is_origin(std::string_view text) {
  constexpr std::string_view behind_scheme = "://";
  const std::size_t mark = text.find(behind_scheme);
  return mark != std::string_view::npos &&
         text.find_first_of("/?#", mark + behind_scheme.size()) == std::string_view::npos &&
         !compiler::check_destination(text, compiler::OriginRule::any).has_value();
}

void warn_of_development() {
  fmt::print(stderr,
             "warning: compiled for development: plain http is let in and private origins are "
             "allowed. Do not deploy this policy.\n");
}

}  // namespace

int run_compile(const CompileOptions& options) {
  if (!options.origin.empty() && !is_origin(options.origin)) {
    throw UsageError(
        "--origin takes a scheme, a host and a port, and no path: such as http://127.0.0.1:8788.");
  }
  compiler::Report report;
  compiler::Catalogue catalogue = open_catalogue(options.providers, report);
  const auto [text, why] = read_whole(options.file, file_bytes_max);
  if (!text.has_value()) {
    report.file_error(options.file, "unreadable", "this policy cannot be read", why);
  }
  std::optional<compiler::CompiledPolicy> compiled;
  if (report.errors() == 0) {
    compiled = options.origin.empty()
                   ? compiler::compile_policy(*text, options.file, options.target,
                                              cloudflare_limits, catalogue, report)
                   : compiler::compile_for_origin(*text, options.file, options.origin,
                                                  cloudflare_limits, catalogue, report);
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
  if (options.target == compiler::Target::development) {
    warn_of_development();
  }
  fmt::print("{}: {} bytes, {} values from the environment\n", options.output,
             compiled->file.size(), compiled->setting_names.size());
  for (const std::string& binding : compiled->needs.rate_bindings) {
    fmt::print(
        "  a rate limit counts in the binding {} of wrangler.toml; without it, it counts "
        "nothing\n",
        binding);
  }
  return exit_ok;
}

namespace {

using Json = nlohmann::ordered_json;

Json json_of(const compiler::ValueNeed& value) {
  Json keys = Json::array();
  for (const compiler::KeyNeed& key : value.keys) {
    keys.push_back({{"algorithm", key.algorithm},
                    {"form", key.form},
                    {"prefix", key.prefix},
                    {"bytes_min", key.bytes_min},
                    {"bytes_max", key.bytes_max}});
  }
  return {{"name", value.name},         {"kind", name_of(value.kind)}, {"source", value.source},
          {"provider", value.provider}, {"path", value.path},          {"keys", keys}};
}

Json json_of(const compiler::HostNeeds& needs) {
  Json values = Json::array();
  for (const compiler::ValueNeed& value : needs.values) {
    values.push_back(json_of(value));
  }
  return {{"values", values}, {"rate_bindings", needs.rate_bindings}, {"queue", needs.queue}};
}

}  // namespace

int run_names(const CompileOptions& options, NamesForm form) {
  compiler::Report report;
  compiler::Catalogue catalogue = open_catalogue(options.providers, report);
  const auto [text, why] = read_whole(options.file, file_bytes_max);
  std::optional<compiler::CompiledPolicy> compiled;
  if (!text.has_value()) {
    report.file_error(options.file, "unreadable", "this policy cannot be read", why);
  } else if (report.errors() == 0) {
    // For development: a private origin is no reason to hide the names.
    compiled = compiler::compile_policy(*text, options.file, compiler::Target::development,
                                        cloudflare_limits, catalogue, report);
  }
  print_to_stderr(report);
  if (report.errors() != 0 || !compiled.has_value()) {
    return exit_unreadable;
  }
  if (form == NamesForm::json) {
    fmt::print("{}\n", json_of(compiled->needs).dump(2));
    return exit_ok;
  }
  for (const compiler::ValueNeed& value : compiled->needs.values) {
    fmt::print("{}\n", value.name);
  }
  return exit_ok;
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
      return run_names(*options, *json ? NamesForm::json : NamesForm::lines);
    }
    if (options->output.empty()) {
      throw UsageError("`postern compile` wants --output FILE: where the policy file goes.");
    }
    options->target = *development ? compiler::Target::development : compiler::Target::production;
    return run_compile(*options);
  });
}

}  // namespace postern::harness
