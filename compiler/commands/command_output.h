#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "compiler/diagnostics.h"

// What the commands say that are the same where they are native and where they are WebAssembly:
// whoever runs one reads files and prints what it is given.

namespace postern::compiler {

/// What a command's exit says: harness/commands/exit_codes.h has the whole list.
enum class Exit : std::uint8_t {
  ok = 0,
  expectation_failed = 1,
  usage = 2,
  unreadable = 3,
  unavailable = 4,
  defect = 5,
};

/// What stands on standard output and on standard error, and the exit code.
struct CommandOutput {
  std::string out;
  std::string err;
  Exit exit = Exit::ok;
};

/// What cannot be done as it was typed.
[[nodiscard]] CommandOutput usage_output(std::string_view message);

/// A file that a command was given, by the name that it was given: its text, or why it cannot be
/// read. Borrows: the text.
struct GivenFile {
  std::string name;
  std::optional<std::string_view> text;
  std::string why;
};

/// What cannot be done with a file.
enum class FileFault : std::uint8_t {
  policy_unreadable = 0,
  provider_unreadable = 1,
  providers_unreadable = 2,  // A folder.
  values_unreadable = 3,
  configuration_unreadable = 4,
  output_is_policy = 5,
  output_unwritable = 6,
  file_exists = 7,  // One that `init` would write.
  file_unwritable = 8,
};
inline constexpr std::uint8_t file_faults = 9;

/// `report_fault` says so of `file`; `why` is the system's word, and empty where there is none.
void report_fault(FileFault fault, std::string file, std::string why, Report& report);

/// `report_text` is all diagnostics as text.
[[nodiscard]] std::string report_text(const Report& report, Colour colour);

}  // namespace postern::compiler
