#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "compiler/commands/command_output.h"
#include "compiler/compiler.h"

// `postern compile`, between the files that it reads and writes and what it prints.

namespace postern::compiler {

/// `check_origin` refuses an origin that is more or less than scheme, host and port, with the
/// message.
[[nodiscard]] std::optional<std::string> check_origin(std::string_view origin);

struct CompileInput {
  GivenFile policy;
  Target target = Target::production;
  /// For development: stands for every literal destination; empty for none.
  std::string origin;
};

/// `compile_file` gives nothing when an error was reported, now or before.
[[nodiscard]] std::optional<CompiledPolicy> compile_file(const CompileInput& input,
                                                         const HostLimits& host,
                                                         Catalogue& catalogue, Report& report);

/// `compile_output` shows what was found, and what was written to `file`.
[[nodiscard]] CommandOutput compile_output(const Report& report,
                                           const std::optional<CompiledPolicy>& compiled,
                                           Target target, std::string_view file, Colour colour);

enum class NamesForm : std::uint8_t { lines, json };

/// `names_output` shows what was found, and what the policy reads from its environment.
[[nodiscard]] CommandOutput names_output(const Report& report,
                                         const std::optional<CompiledPolicy>& compiled,
                                         NamesForm form, Colour colour);

}  // namespace postern::compiler
