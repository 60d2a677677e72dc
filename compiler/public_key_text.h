#pragma once

#include <string_view>

#include "postern/base/bytes.h"

// Public keys where a shared secret is due, and moduli of RSA that anybody can sign for: what takes
// too long to look for in a gate that starts, and not in a linter.

namespace postern::compiler {

/// `holds_public_key` says whether `text` is a public key or a certificate in DER, written in hex,
/// or in base64 of either alphabet, with or without padding and line ends: a SubjectPublicKeyInfo,
/// a certificate, or the two numbers of PKCS #1. It looks at the shape only, so it finds keys of
/// kinds that nobody here knows.
/// Source: RFC 5280 section 4.1, RFC 8017 appendix A.1.1. Read 2026-11-29.
[[nodiscard]] bool holds_public_key(std::string_view text);

/// `modulus_of` gives the modulus in a SubjectPublicKeyInfo of RSA that the core has taken.
/// Borrows: from `info`.
[[nodiscard]] Bytes modulus_of(Bytes info);

/// `is_factored` says whether anybody finds the factors of a modulus: it is a prime, a power of
/// one, or has a factor below `small_factor_max`. `modulus` is big-endian, odd, and of at most
/// `scheme::rsa_bits_max` bits.
///
/// For n = p^k, b^(n-1) is 1 modulo p whatever b is, so n and 2^(n-1) - 1 have a common divisor;
/// the modulus of two large primes of its own has none.
[[nodiscard]] bool is_factored(Bytes modulus);

/// What OpenSSL's check of a public key looks for too.
inline constexpr unsigned small_factor_max = 752;

}  // namespace postern::compiler
