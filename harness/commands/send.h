#pragma once

#include <string>

#include "harness/commands/command_line.h"
#include "harness/commands/secret_options.h"
#include "harness/portable/send_command.h"

namespace postern::harness {

/// What `./dev up` writes about what it started.
inline constexpr const char* default_session_file = "build/dev/session.json";

struct SendOptions {
  /// All that is not in a file.
  SendInput input;
  /// Folder of provider files; empty for the embedded catalogue.
  std::string providers;
  std::string session_file = default_session_file;
  SecretOptions secret;
};

/// `run_send` sends one delivery and says what came of it. Gives the exit code.
[[nodiscard]] int run_send(const SendOptions& options);

/// `register_send` adds `send` to `line`.
void register_send(CommandLine& line);

}  // namespace postern::harness
