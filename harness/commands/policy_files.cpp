#include "harness/commands/policy_files.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <sstream>

namespace postern::harness {
namespace {

/// Cuts off one pair of quotes around `text`.
std::string_view unquote(std::string_view text) {
  const bool quoted = text.size() >= 2 && (text.front() == '"' || text.front() == '\'') &&
                      text.back() == text.front();
  return quoted ? text.substr(1, text.size() - 2) : text;
}

}  // namespace

Catalogue open_catalogue(const std::string& folder, Report& report) {
  return folder.empty() ? Catalogue::embedded() : Catalogue::in_folder(folder, report);
}

void add_providers_option(CLI::App& command, std::string& folder) {
  command.add_option("--providers", folder,
                     "Folder of provider files, in place of the built-in catalogue");
}

void read_environment_file(const std::string& path, Environment& environment, Report& report) {
  const std::optional<std::string> text = read_file(path);
  if (!text.has_value()) {
    report.file_error(path, "unreadable", "this file of values cannot be read", "");
    return;
  }
  environment.is_known = true;
  std::istringstream lines(*text);
  std::size_t number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    std::string_view rest = line;
    if (rest.ends_with('\r')) {
      rest.remove_suffix(1);
    }
    if (rest.empty() || rest.front() == '#') {
      continue;
    }
    if (constexpr std::string_view mark = "export "; rest.starts_with(mark)) {
      rest.remove_prefix(mark.size());
    }
    const std::size_t equals = rest.find('=');
    if (equals == 0 || equals == std::string_view::npos) {
      report.file_error(fmt::format("{}:{}", path, number), "bad-line", "this is not NAME=VALUE",
                        "");
      continue;
    }
    environment.values[std::string(rest.substr(0, equals))] = unquote(rest.substr(equals + 1));
  }
}

Environment process_environment() {
  Environment environment{.is_known = true, .values = {}};
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const std::size_t equals = text.find('=');
    if (equals != std::string_view::npos) {
      environment.values[std::string(text.substr(0, equals))] = text.substr(equals + 1);
    }
  }
  return environment;
}

std::string text_for_stderr(const Report& report) {
  std::string text = as_text(report.sorted(), colour_for(STDERR_FILENO));
  if (text.ends_with('\n')) {
    text.pop_back();
  }
  return text;
}

void print_to_stderr(const Report& report) {
  const std::string text = as_text(report.sorted(), colour_for(STDERR_FILENO));
  std::fwrite(text.data(), 1, text.size(), stderr);
}

}  // namespace postern::harness
