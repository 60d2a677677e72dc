#pragma once

#include <expected>
#include <string_view>

#include "compiler/commands/command_output.h"

namespace postern::harness {

/// `refusal` prints `message` and ends the command so.
[[nodiscard]] std::unexpected<compiler::CommandOutput> refusal(compiler::Exit exit,
                                                               std::string_view message);

/// `unreadable` says so of a file that has no text.
[[nodiscard]] std::unexpected<compiler::CommandOutput> unreadable(const compiler::GivenFile& file);

}  // namespace postern::harness
