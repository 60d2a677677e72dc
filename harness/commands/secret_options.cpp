#include "harness/commands/secret_options.h"

#include <cstdlib>

#include "harness/commands/policy_files.h"

namespace postern::harness {

void add_secret_options(Command& command, SecretOptions& options) {
  command.text("--secret-env", "NAME", "Environment variable that holds the secret",
               options.variable);
  command.text("--secret-file", "FILE", "File that holds the secret", options.file);
  command.text("--key-file", "FILE",
               "Private key in PEM, or an Ed25519 seed, for schemes that sign with one",
               options.key_file);
  command.excludes("--secret-env", "--secret-file");
}

ReadSecret::ReadSecret(const SecretOptions& options)
    : options_(options),
      file_(read_named(options.file, file_bytes_max)),
      key_file_(read_named(options.key_file, file_bytes_max)) {}

SecretInput ReadSecret::input() const {
  const char* value = options_.variable.empty() ? nullptr : std::getenv(options_.variable.c_str());
  return {.variable = options_.variable,
          .value = value == nullptr ? "" : value,
          .file = given_or_none(options_.file, file_),
          .key_file = given_or_none(options_.key_file, key_file_)};
}

}  // namespace postern::harness
