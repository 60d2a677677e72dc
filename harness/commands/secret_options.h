#pragma once

#include <optional>
#include <string>

#include "harness/commands/command_line.h"
#include "harness/host/read_file.h"
#include "harness/portable/secret_input.h"

namespace postern::harness {

/// Where the secret of `sign` and `send` comes from.
struct SecretOptions {
  std::string variable;
  std::string file;
  std::string key_file;
};

/// `add_secret_options` lets `command` take `--secret-env`, `--secret-file` and `--key-file`.
void add_secret_options(Command& command, SecretOptions& options);

/// What they name, as it was read; `input` borrows from it.
class ReadSecret {
 public:
  explicit ReadSecret(const SecretOptions& options);
  ReadSecret(const ReadSecret&) = delete;
  ReadSecret& operator=(const ReadSecret&) = delete;
  ~ReadSecret() = default;

  [[nodiscard]] SecretInput input() const;

 private:
  SecretOptions options_;
  std::optional<FileText> file_;
  std::optional<FileText> key_file_;
};

}  // namespace postern::harness
