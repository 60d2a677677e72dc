#include "harness/commands/policy_files.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <memory>

#include "harness/host/catalogue_files.h"
#include "harness/host/environment_file.h"
#include "harness/host/read_file.h"

namespace postern::harness {
compiler::Catalogue open_catalogue(const std::string& folder, compiler::Report& report) {
  return folder.empty() ? embedded_catalogue() : read_catalogue(folder, report);
}

void add_providers_option(Command& command, std::string& folder) {
  command.text("--providers", "DIR", "Folder of provider files, in place of the built-in catalogue",
               folder);
}

void read_environment_file(const std::string& path, compiler::Environment& environment,
                           compiler::Report& report) {
  const auto [text, why] = read_whole(path, file_bytes_max);
  if (!text.has_value()) {
    report.file_error(path, "unreadable", "this file of values cannot be read", why);
    return;
  }
  environment.is_known = true;
  const EnvironmentFile file = read_environment(*text, process_environment().values);
  if (!file.fault.empty()) {
    report.file_error(path, "bad-values", "this is no file of values: " + file.fault, "");
    return;
  }
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
  for (const auto& [name, value] : file.values) {
    environment.values[name] = value;
  }
}

compiler::Environment process_environment() {
  compiler::Environment environment{.is_known = true, .values = {}};
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const std::size_t equals = text.find('=');
    if (equals != std::string_view::npos) {
      environment.values[std::string(text.substr(0, equals))] = text.substr(equals + 1);
    }
  }
  return environment;
}

compiler::Colour colour_for(int descriptor) {
  const char* no_colour = std::getenv("NO_COLOR");
  const bool wanted = no_colour == nullptr || *no_colour == '\0';
  return wanted && isatty(descriptor) == 1 ? compiler::Colour::always : compiler::Colour::never;
}

std::string text_for_stderr(const compiler::Report& report) {
  std::string text = as_text(report.sorted(), colour_for(STDERR_FILENO), report.found());
  if (text.ends_with('\n')) {
    text.pop_back();
  }
  return text;
}

void print_to_stderr(const compiler::Report& report) {
  const std::string text = as_text(report.sorted(), colour_for(STDERR_FILENO), report.found());
  std::fwrite(text.data(), 1, text.size(), stderr);
}

}  // namespace postern::harness
