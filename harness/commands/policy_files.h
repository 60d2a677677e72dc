#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "compiler/catalogue.h"
#include "compiler/commands/command_output.h"
#include "compiler/commands/environment_file.h"
#include "compiler/diagnostics.h"
#include "harness/commands/command_line.h"
#include "harness/commands/exit_codes.h"
#include "harness/host/read_file.h"

// What the commands that read policies share.

namespace postern::harness {

/// `open_catalogue` reads the providers in `folder`, or the embedded ones when it is empty.
[[nodiscard]] compiler::Catalogue open_catalogue(const std::string& folder,
                                                 compiler::Report& report);

/// `add_providers_option` lets `command` take `--providers DIR` into `folder`, for
/// `open_catalogue`.
void add_providers_option(Command& command, std::string& folder);

/// `given_file` is what was read of the file `name`. Borrows: the text.
[[nodiscard]] compiler::GivenFile given_file(const std::string& name, const FileText& file);

/// `read_named` reads a file, or nothing where none was named; `given_or_none` is what was read.
[[nodiscard]] std::optional<FileText> read_named(const std::string& file, std::size_t bytes_max);
[[nodiscard]] std::optional<compiler::GivenFile> given_or_none(const std::string& name,
                                                               const std::optional<FileText>& file);

/// `process_environment` is the environment that the command was started in.
[[nodiscard]] compiler::Values process_environment();

/// `colour_for` is `always` when `descriptor` is a terminal and `NO_COLOR` is not set.
[[nodiscard]] compiler::Colour colour_for(int descriptor);

/// `text_for_stderr` is all diagnostics as text for the standard error, without the last line's
/// end.
[[nodiscard]] std::string text_for_stderr(const compiler::Report& report);

/// `print_to_stderr` shows all diagnostics as text.
void print_to_stderr(const compiler::Report& report);

/// `print_output` prints what a command says, and gives its exit code.
int print_output(const compiler::CommandOutput& output);

}  // namespace postern::harness
