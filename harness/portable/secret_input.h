#pragma once

#include <expected>
#include <optional>
#include <string>

#include "compiler/commands/command_output.h"

namespace postern::harness {

/// Where a secret comes from: never the command line, which other users can read.
struct SecretInput {
  /// The environment variable that has it, and what stands there; an empty name for none.
  std::string variable;
  std::string value;
  std::optional<compiler::GivenFile> file;
  std::optional<compiler::GivenFile> key_file;
};

struct SecretTexts {
  std::string secret;
  std::string key;
};

/// `secret_texts` takes them out of what was given, one of the two at least. What an editor left
/// before and behind a secret is no part of it.
[[nodiscard]] std::expected<SecretTexts, compiler::CommandOutput> secret_texts(
    const SecretInput& input);

}  // namespace postern::harness
