#include "harness/portable/secret_input.h"

#include <fmt/format.h>

#include <string_view>
#include <utility>

#include "harness/portable/refusal.h"

namespace postern::harness {
namespace {

using compiler::Exit;
using LineOrOutput = std::expected<std::string, compiler::CommandOutput>;

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

LineOrOutput line_of(const std::optional<compiler::GivenFile>& file) {
  if (!file.has_value()) {
    return "";
  }
  if (!file->text.has_value()) {
    return unreadable(*file);
  }
  std::string_view line = *file->text;
  if (line.starts_with(byte_order_mark)) {
    line.remove_prefix(byte_order_mark.size());
  }
  while (line.ends_with('\n') || line.ends_with('\r')) {
    line.remove_suffix(1);
  }
  return line.empty() ? refusal(Exit::unreadable, fmt::format("Nothing is in {}.", file->name))
                      : LineOrOutput(std::string(line));
}

LineOrOutput secret_of(const SecretInput& input) {
  if (input.variable.empty()) {
    return line_of(input.file);
  }
  return input.value.empty()
             ? refusal(Exit::usage, fmt::format("The environment has no {}.", input.variable))
             : LineOrOutput(input.value);
}

}  // namespace

std::expected<SecretTexts, compiler::CommandOutput> secret_texts(const SecretInput& input) {
  LineOrOutput secret = secret_of(input);
  if (!secret.has_value()) {
    return std::unexpected(std::move(secret.error()));
  }
  LineOrOutput key = line_of(input.key_file);
  if (!key.has_value()) {
    return std::unexpected(std::move(key.error()));
  }
  if (secret->empty() && key->empty()) {
    return refusal(Exit::usage, "Give the secret: --secret-env NAME or --secret-file FILE.");
  }
  return SecretTexts{.secret = std::move(*secret), .key = std::move(*key)};
}

}  // namespace postern::harness
