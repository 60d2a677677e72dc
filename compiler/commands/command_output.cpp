#include "compiler/commands/command_output.h"

#include <fmt/format.h>

#include <utility>

namespace postern::compiler {

CommandOutput usage_output(std::string_view message) {
  return {.out = "",
          .err = fmt::format("{}\nRun with --help for more information.\n", message),
          .exit = Exit::usage};
}

void report_fault(FileFault fault, std::string file, std::string why, Report& report) {
  switch (fault) {
    case FileFault::policy_unreadable:
      return report.file_error(std::move(file), "unreadable", "this policy cannot be read",
                               std::move(why));
    case FileFault::provider_unreadable:
      return report.file_error(std::move(file), "unreadable", "this provider file cannot be read",
                               std::move(why));
    case FileFault::providers_unreadable:
      return report.file_error(std::move(file), "unreadable",
                               "this folder of providers cannot be read", std::move(why));
    case FileFault::values_unreadable:
      return report.file_error(std::move(file), "unreadable", "this file of values cannot be read",
                               std::move(why));
    case FileFault::configuration_unreadable:
      return report.file_error(std::move(file), "unreadable", "this configuration cannot be read",
                               std::move(why));
    case FileFault::output_is_policy:
      return report.file_error(std::move(file), "unwritable", "this is the policy itself",
                               "give the policy file another name");
    case FileFault::output_unwritable:
      return report.file_error(std::move(file), "unwritable", "the policy file cannot be written",
                               "");
    case FileFault::file_exists:
      return report.file_error(
          std::move(file), "unwritable", "this file is there already",
          "--force overwrites it, --folder DIR writes elsewhere, --print shows it");
    case FileFault::file_unwritable:
      return report.file_error(std::move(file), "unwritable", "this file cannot be written",
                               "--folder names a folder that is there");
  }
}

std::string report_text(const Report& report, Colour colour) {
  return as_text(report.sorted(), colour, report.found());
}

}  // namespace postern::compiler
