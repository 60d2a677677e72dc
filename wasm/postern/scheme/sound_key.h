#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "postern/base/bytes.h"
#include "postern/scheme/signing_scheme.h"

// Keys that decode, and that anybody can sign for, or nobody. A source with one does not go live,
// and lint says why: both ask here.

namespace postern::scheme {

/// Why a text is no key of a rule.
enum class KeyFault : std::uint8_t {
  undecodable = 1,   // Not in the rule's form: prefix, encoding, length.
  public_text = 2,   // A public key, or a key's armour, where a shared secret is due.
  repeated = 3,      // One character over and over.
  other_kind = 4,    // No public key of the rule's algorithm, in the one form that it has.
  off_curve = 5,     // Not a point of the curve.
  forgeable = 6,     // A point that anybody can sign for.
  rsa_size = 7,      // A modulus that is not of 2048 to 8192 bits.
  rsa_exponent = 8,  // An exponent that is even, below 3 or above 32 bits.
  rsa_modulus = 9,   // An even modulus.
};

inline constexpr std::size_t rsa_bits_min = 2048;
inline constexpr std::size_t rsa_bits_max = 8192;
/// 65537 is usual, 3 and 17 are old. BoringSSL, which is the crypto of Workers, takes 33 bits.
inline constexpr std::size_t rsa_exponent_bytes_max = 4;

/// One character takes up to four bytes (UTF-8, UTF-32), four digits of base64 are three, and the
/// longest spelling that escapes give to one has six (`\u0041`).
inline constexpr std::size_t repeated_bytes_max = 6;

/// `is_repeated` says whether a shared secret is a text of up to `repeated_bytes_max` bytes over
/// and over, or one byte; so is one of which that is more than half, behind a prefix (`whsec_`) or
/// before the padding of base64. Zeros behind it do not count: HMAC does not see them.
[[nodiscard]] bool is_repeated(Bytes secret);

/// `is_public_text` says whether `text` is a public key, a certificate or a private key as it is
/// written: PEM, `whpk_`, JWK, OpenSSH, or a SubjectPublicKeyInfo in base64.
[[nodiscard]] bool is_public_text(std::string_view text);

/// `public_key_fault` says what is wrong with a decoded public key of `algorithm`: a
/// SubjectPublicKeyInfo, or the raw key of a curve (Ed25519: 32 bytes; P-256: 4, x and y). Curves'
/// keys in DER have one encoding, uncompressed and with the curve by name: what every host takes.
/// Source: RFC 8410 section 4, RFC 5480 section 2, RFC 3279 section 2.3.1. Read 2026-11-29.
[[nodiscard]] std::optional<KeyFault> public_key_fault(Algorithm algorithm, KeyForm form,
                                                       Bytes key);

}  // namespace postern::scheme
