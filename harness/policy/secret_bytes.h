#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "scheme/signing_scheme.h"

namespace postern::harness {

/// `secret_bytes` decodes a secret by the core's own `decode_secret`, and looks into a public key
/// too. Refuses (nothing): what the core refuses, a key of another algorithm, Basic without a
/// colon.
[[nodiscard]] std::optional<std::string> secret_bytes(const scheme::SignatureRule& rule,
                                                      std::string_view secret);

/// `hmac_key` gives what HMAC makes of a key: one over the hash's block is hashed, and zeros behind
/// it do not count. Two secrets with the same `hmac_key` are one secret.
/// Source: RFC 2104 section 2.
[[nodiscard]] std::string hmac_key(scheme::Algorithm algorithm, std::string_view key);

}  // namespace postern::harness
