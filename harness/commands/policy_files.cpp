#include "harness/commands/policy_files.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "harness/host/catalogue_files.h"

namespace postern::harness {

static_assert(static_cast<int>(compiler::Exit::expectation_failed) == exit_expectation_failed &&
              static_cast<int>(compiler::Exit::usage) == exit_usage &&
              static_cast<int>(compiler::Exit::unreadable) == exit_unreadable &&
              static_cast<int>(compiler::Exit::unavailable) == exit_target_unavailable &&
              static_cast<int>(compiler::Exit::defect) == exit_harness_defect);

compiler::Catalogue open_catalogue(const std::string& folder, compiler::Report& report) {
  return folder.empty() ? embedded_catalogue() : read_catalogue(folder, report);
}

void add_providers_option(Command& command, std::string& folder) {
  command.text("--providers", "DIR", "Folder of provider files, in place of the built-in catalogue",
               folder);
}

compiler::GivenFile given_file(const std::string& name, const FileText& file) {
  return {.name = name, .text = file.text, .why = file.why};
}

std::optional<FileText> read_named(const std::string& file, std::size_t bytes_max) {
  return file.empty() ? std::nullopt : std::optional(read_whole(file, bytes_max));
}

std::optional<compiler::GivenFile> given_or_none(const std::string& name,
                                                 const std::optional<FileText>& file) {
  return file.has_value() ? std::optional(given_file(name, *file)) : std::nullopt;
}

compiler::Values process_environment() {
  compiler::Values values;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const std::size_t equals = text.find('=');
    if (equals != std::string_view::npos) {
      values[std::string(text.substr(0, equals))] = text.substr(equals + 1);
    }
  }
  return values;
}

compiler::Colour colour_for(int descriptor) {
  const char* no_colour = std::getenv("NO_COLOR");
  const bool wanted = no_colour == nullptr || *no_colour == '\0';
  return wanted && isatty(descriptor) == 1 ? compiler::Colour::always : compiler::Colour::never;
}

std::string text_for_stderr(const compiler::Report& report) {
  std::string text = report_text(report, colour_for(STDERR_FILENO));
  if (text.ends_with('\n')) {
    text.pop_back();
  }
  return text;
}

void print_to_stderr(const compiler::Report& report) {
  const std::string text = report_text(report, colour_for(STDERR_FILENO));
  std::fwrite(text.data(), 1, text.size(), stderr);
}

int print_output(const compiler::CommandOutput& output) {
  std::fwrite(output.err.data(), 1, output.err.size(), stderr);
  std::fwrite(output.out.data(), 1, output.out.size(), stdout);
  return static_cast<int>(output.exit);
}

}  // namespace postern::harness
