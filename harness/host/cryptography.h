#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "postern/contract/numbers.h"

// The cryptography of the harness: what a host does for the module's effects, and what a sender
// does to sign. None of it is the core's, so the one checks the other. It is OpenSSL's in the
// native command, and that of whoever runs it where the harness is WebAssembly.

namespace postern::harness {

using contract::Algorithm;
using contract::Hash;
using contract::KeyFormat;

enum class Verified : std::uint8_t { unavailable, valid, invalid };

/// `digest` and `hmac` give the raw bytes. Nothing for a hash number that does not exist.
[[nodiscard]] std::optional<std::string> digest(Hash hash, std::string_view message);
/// Of a message in parts, one behind the other.
[[nodiscard]] std::optional<std::string> digest(Hash hash, std::span<const std::string_view> parts);
[[nodiscard]] std::optional<std::string> hmac(Hash hash, std::string_view key,
                                              std::string_view message);

/// The HMAC under one key. OpenSSL prepares the key once: that costs as much as a quarter of the
/// HMAC of a body of 7 KB.
class Hmac {
 public:
  /// Nothing for a hash number that does not exist.
  [[nodiscard]] static std::optional<Hmac> under(Hash hash, std::string_view key);

  /// Of a message in parts, one behind the other.
  [[nodiscard]] std::string of(std::span<const std::string_view> parts);

 private:
  struct Prepared;
  struct Free {
    void operator()(Prepared* prepared) const;
  };
  explicit Hmac(Prepared* prepared) : prepared_(prepared) {}

  std::unique_ptr<Prepared, Free> prepared_;
};

/// `verify_signature` checks a raw signature; for ECDSA that is r and s, 32 bytes each.
/// `unavailable` for a key or algorithm that cannot be used.
[[nodiscard]] Verified verify_signature(Algorithm algorithm, KeyFormat format, std::string_view key,
                                        std::string_view message, std::string_view signature);

/// Why nothing was signed.
enum class KeyFault : std::uint8_t {
  unreadable = 1,  // No private key in PEM; one behind a password is none. Or no seed of 32 bytes.
  other_kind = 2,  // A key for other algorithms.
  refused = 3,     // The key does not sign, such as one that is too short.
};

/// `sign_with_pem` signs with a private key in PEM; `sign_with_seed` with a raw Ed25519 seed. An
/// ECDSA signature is DER, as senders send it.
[[nodiscard]] std::expected<std::string, KeyFault> sign_with_pem(Algorithm algorithm,
                                                                 std::string_view pem,
                                                                 std::string_view message);
[[nodiscard]] std::expected<std::string, KeyFault> sign_with_seed(std::string_view seed,
                                                                  std::string_view message);

/// `random_bytes` come from the operating system. Traps when it gives none.
[[nodiscard]] std::string random_bytes(std::size_t count);

}  // namespace postern::harness
