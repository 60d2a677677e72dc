#pragma once

#include <cstdint>
#include <string>

#include "harness/commands/command_line.h"
#include "harness/commands/secret_options.h"
#include "harness/portable/sign_command.h"

namespace postern::harness {

struct SignOptions {
  /// All that is not in a file.
  SignInput input;
  /// Folder of provider files; empty for the embedded catalogue.
  std::string providers;
  SecretOptions secret;
};

/// `run_sign` signs standard input and prints what the sender would send. Gives the exit code.
[[nodiscard]] int run_sign(const SignOptions& options);

/// `register_sign` adds `sign` to `line`.
void register_sign(CommandLine& line);

}  // namespace postern::harness
