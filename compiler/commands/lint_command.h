#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/catalogue.h"
#include "compiler/commands/command_output.h"
#include "compiler/commands/environment_file.h"
#include "compiler/host_limits.h"

// `postern lint`, between the files that it reads and what it prints.

namespace postern::compiler {

enum class LintFormat : std::uint8_t { text, json };

/// Whether warnings make the command fail.
enum class LintLevel : std::uint8_t { errors, warnings };

/// Which values the linter looks at besides those of a file.
enum class LintValues : std::uint8_t { none, process_environment };

struct LintInput {
  GivenFile policy;
  /// A file of values by name.
  std::optional<GivenFile> values_file;
  /// The Worker's configuration.
  std::optional<GivenFile> configuration;
  /// The environment of the process.
  Values process;
  LintValues values = LintValues::none;
};

/// What the core has the last word about: a policy without a mistake, and its values by slot.
struct Judgeable {
  std::vector<std::byte> policy;
  std::vector<std::string> values;
};

/// `lint_files` reports all that is wrong with the files. Gives what the core is still to be asked,
/// where values are known, so that nothing passes that a gate answers 503 for.
[[nodiscard]] std::optional<Judgeable> lint_files(const LintInput& input, const HostLimits& host,
                                                  Catalogue& catalogue, Report& report);

/// `report_problem` says what the core said of a source, by its number in docs/DEPLOYING.md.
void report_problem(std::uint8_t problem, std::string_view source, const std::string& file,
                    Report& report);

/// `lint_output` shows what was found in the policy `file`.
[[nodiscard]] CommandOutput lint_output(const Report& report, std::string_view file,
                                        LintFormat format, LintLevel level, Colour colour);

}  // namespace postern::compiler
