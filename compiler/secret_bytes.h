#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "postern/scheme/signing_scheme.h"

namespace postern::compiler {

/// Why a text is no secret of a rule, as lint says it. Holds no part of the text.
struct SecretFault {
  std::string code;
  std::string message;
  std::string hint;
};

/// `secret_bytes` decodes a secret by the core's own `decode_secret`. Refuses: what the core
/// refuses, Basic without a colon, and what only a slow look finds: a public key in an unusual
/// spelling, and a modulus of RSA whose factors anybody finds.
[[nodiscard]] std::expected<std::string, SecretFault> secret_bytes(
    const scheme::SignatureRule& rule, std::string_view secret);

/// `show_form` describes the secrets that `rule` takes, such as "`whsec_` and base64 of 24 to 64
/// bytes".
[[nodiscard]] std::string show_form(const scheme::SignatureRule& rule);

/// `hmac_key` gives what HMAC makes of a key: one over the hash's block is hashed, and zeros behind
/// it do not count. Two secrets with the same `hmac_key` are one secret. `algorithm` is one of
/// HMAC. Source: RFC 2104 section 2.
[[nodiscard]] std::string hmac_key(scheme::Algorithm algorithm, std::string_view key);

}  // namespace postern::compiler
