#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "compiler/catalogue.h"
#include "compiler/commands/command_output.h"
#include "harness/portable/secret_input.h"
#include "postern/scheme/signing_scheme.h"

// `postern sign`, between what is typed and read, and what it prints.

namespace postern::harness {

/// Longest body that a policy may let in.
inline constexpr std::size_t signed_body_bytes_max = std::size_t{25} << 20;

enum class SignForm : std::uint8_t { headers = 0, curl = 1, json = 2 };

/// What was typed, and what stands in the files that were named.
struct SignInput {
  std::string provider;
  SecretInput secret;
  std::optional<std::int64_t> at;  // Unix seconds; absent: now.
  std::int64_t now = 0;            // Unix seconds.
  std::string id;
  std::string url;
  std::string event_type;
  std::optional<std::string> method;  // Absent: POST.
  std::vector<std::string> headers;   // NAME=VALUE
  SignForm form = SignForm::headers;
  std::string curl;  // The address, for that form.
};

/// What signs.
struct SignMaterial {
  std::shared_ptr<const scheme::Scheme> scheme;
  SecretTexts texts;
};

/// `sign_material` is known before the body is read, so that nobody waits for a body in vain. Else
/// what is printed: no such provider, a file with errors, no secret.
[[nodiscard]] std::expected<SignMaterial, compiler::CommandOutput> sign_material(
    const SignInput& input, compiler::Catalogue& catalogue, compiler::Report& report,
    compiler::Colour colour);

/// `sign_output` shows what the sender would send. Refuses what cannot be signed, and an option
/// that changes nothing of it.
[[nodiscard]] compiler::CommandOutput sign_output(const SignInput& input,
                                                  const SignMaterial& material,
                                                  const compiler::GivenFile& body);

}  // namespace postern::harness
