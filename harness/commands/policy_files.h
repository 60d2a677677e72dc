#pragma once

#include <string>

#include "harness/commands/exit_codes.h"
#include "harness/policy/catalogue.h"
#include "harness/policy/diagnostics.h"
#include "harness/policy/lint.h"

// What the commands that read policies share.

namespace postern::harness {

/// `open_catalogue` reads the providers in `folder`, or the embedded ones when it is empty.
[[nodiscard]] Catalogue open_catalogue(const std::string& folder, Report& report);

/// `read_environment_file` adds the `NAME=VALUE` lines of `path` to `environment`. Empty lines and
/// those that begin with `#` are skipped, `export ` and one pair of quotes around a value are cut
/// off. Reports a file that cannot be read and a line of another shape, without showing the line.
void read_environment_file(const std::string& path, Environment& environment, Report& report);

/// `process_environment` is the environment that the command was started in.
[[nodiscard]] Environment process_environment();

/// `print_to_stderr` shows all diagnostics as text.
void print_to_stderr(const Report& report);

}  // namespace postern::harness
