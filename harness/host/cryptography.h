#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "postern/contract/numbers.h"

// The cryptography of the harness, all OpenSSL's: what a host does for the module's effects, and
// what a sender does to sign. None of it is the core's, so the one checks the other.

struct evp_mac_ctx_st;  // OpenSSL's.

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
  /// Throws `std::runtime_error` for a hash number that does not exist. Keeps nothing of `key`.
  Hmac(Hash hash, std::string_view key);

  /// Of a message in parts, one behind the other.
  [[nodiscard]] std::string of(std::span<const std::string_view> parts);

 private:
  struct Free {
    void operator()(evp_mac_ctx_st* context) const;
  };
  std::unique_ptr<evp_mac_ctx_st, Free> context_;
};

/// `verify_signature` checks a raw signature; for ECDSA that is r and s, 32 bytes each.
/// `unavailable` for a key or algorithm that OpenSSL does not take.
[[nodiscard]] Verified verify_signature(Algorithm algorithm, KeyFormat format, std::string_view key,
                                        std::string_view message, std::string_view signature);

/// `sign_with_pem` signs with a private key in PEM; `sign_with_seed` with a raw Ed25519 seed. An
/// ECDSA signature is DER, as senders send it. Throws `std::runtime_error` for a key of another
/// kind.
[[nodiscard]] std::string sign_with_pem(Algorithm algorithm, std::string_view pem,
                                        std::string_view message);
[[nodiscard]] std::string sign_with_seed(std::string_view seed, std::string_view message);

/// `public_key_of_pem` is the private key's SubjectPublicKeyInfo in DER.
[[nodiscard]] std::string public_key_of_pem(std::string_view pem);

/// `random_bytes` come from the operating system.
[[nodiscard]] std::string random_bytes(std::size_t count);

}  // namespace postern::harness
