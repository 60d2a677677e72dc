#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

#include "postern/contract/numbers.h"
#include "postern/edition/edition.h"

namespace postern::scheme {

/// How a sender signs. The numbers are those of the ABI, and stand in compiled policies.
using contract::Algorithm;

enum class Family : std::uint8_t {
  hmac,        // A MAC under a secret that both sides have.
  digest,      // A hash of what is signed and of that secret, wherever it stands.
  public_key,  // A signature that anybody can check and one can make.
  bearer,      // The secret itself: proves who knows it, binds nothing.
};

/// What a key of the algorithm is. One text must not be a key of two kinds.
enum class KeyKind : std::uint8_t { shared, token, ed25519, p256, rsa };

/// Who can compute it.
enum class Computed : std::uint8_t {
  by_core_or_host,
  by_core,  // Not every host's own crypto has the hash.
  by_host,  // The core checks encodings, the host does the curve or RSA.
  by_none,  // It is compared.
};

/// Longest text of a shared token or of `user:password`.
inline constexpr std::size_t token_bytes_max = 1024;

/// All that tells one algorithm from another. What needs more than facts is code beside the table:
/// the form of an ECDSA or an Ed25519 signature, and what makes a public key sound.
struct AlgorithmRow {
  Algorithm algorithm;
  std::string_view name;  // In the files of providers.
  Family family;
  contract::Hash hash;  // Of what is signed; of a bearer text, by which it is compared.
  KeyKind key;
  /// Of a signature, decoded; of ECDSA, as DER.
  std::uint16_t bytes_min;
  std::uint16_t bytes_max;
  Computed computed;
  /// What a module needs for it besides what every one has.
  Features needs = 0;
};

inline constexpr std::array algorithm_rows = {
    AlgorithmRow{Algorithm::hmac_sha1, "hmac-sha1", Family::hmac, contract::Hash::sha1,
                 KeyKind::shared, 20, 20, Computed::by_core_or_host, set_of(Feature::sha1)},
    AlgorithmRow{Algorithm::hmac_sha224, "hmac-sha224", Family::hmac, contract::Hash::sha224,
                 KeyKind::shared, 28, 28, Computed::by_core},
    AlgorithmRow{Algorithm::hmac_sha256, "hmac-sha256", Family::hmac, contract::Hash::sha256,
                 KeyKind::shared, 32, 32, Computed::by_core_or_host},
    AlgorithmRow{Algorithm::hmac_sha384, "hmac-sha384", Family::hmac, contract::Hash::sha384,
                 KeyKind::shared, 48, 48, Computed::by_core_or_host, set_of(Feature::wide_sha2)},
    AlgorithmRow{Algorithm::hmac_sha512, "hmac-sha512", Family::hmac, contract::Hash::sha512,
                 KeyKind::shared, 64, 64, Computed::by_core_or_host, set_of(Feature::wide_sha2)},
    AlgorithmRow{Algorithm::ed25519, "ed25519", Family::public_key, contract::Hash::sha512,
                 KeyKind::ed25519, 64, 64, Computed::by_host, set_of(Feature::ed25519)},
    // Two numbers of 1 to 33 bytes in DER: as short as a sender's smallest numbers make it.
    AlgorithmRow{Algorithm::ecdsa_p256_sha256, "ecdsa-p256-sha256", Family::public_key,
                 contract::Hash::sha256, KeyKind::p256, 8, 72, Computed::by_host,
                 set_of(Feature::public_key)},
    // Moduli of 2048 to 8192 bits.
    AlgorithmRow{Algorithm::rsa_pkcs1_sha1, "rsa-sha1", Family::public_key, contract::Hash::sha1,
                 KeyKind::rsa, 256, 1024, Computed::by_host, set_of(Feature::public_key)},
    AlgorithmRow{Algorithm::rsa_pkcs1_sha256, "rsa-sha256", Family::public_key,
                 contract::Hash::sha256, KeyKind::rsa, 256, 1024, Computed::by_host,
                 set_of(Feature::public_key)},
    AlgorithmRow{Algorithm::token, "token", Family::bearer, contract::Hash::sha256, KeyKind::token,
                 1, token_bytes_max, Computed::by_none},
    AlgorithmRow{Algorithm::basic, "basic", Family::bearer, contract::Hash::sha256, KeyKind::token,
                 1, token_bytes_max, Computed::by_none},
    AlgorithmRow{Algorithm::sha1, "sha1", Family::digest, contract::Hash::sha1, KeyKind::shared, 20,
                 20, Computed::by_core_or_host, set_of(Feature::plain_hash, Feature::sha1)},
    AlgorithmRow{Algorithm::sha256, "sha256", Family::digest, contract::Hash::sha256,
                 KeyKind::shared, 32, 32, Computed::by_core_or_host, set_of(Feature::plain_hash)},
    AlgorithmRow{Algorithm::sha512, "sha512", Family::digest, contract::Hash::sha512,
                 KeyKind::shared, 64, 64, Computed::by_core_or_host,
                 set_of(Feature::plain_hash, Feature::wide_sha2)},
};

/// The first and the last number of an algorithm.
inline constexpr Algorithm algorithm_first = algorithm_rows.front().algorithm;
inline constexpr Algorithm algorithm_last = algorithm_rows.back().algorithm;

/// One column of the table, by the place of the row: what the module does not use of a row is not
/// in it.
template <auto member>
inline constexpr auto algorithm_column = []<std::size_t... row>(std::index_sequence<row...>) {
  return std::array{algorithm_rows[row].*member...};
}(std::make_index_sequence<algorithm_rows.size()>());

/// `fact_of` gives one fact of an algorithm, such as `fact_of<&AlgorithmRow::family>(algorithm)`.
template <auto member>
[[nodiscard]] constexpr auto fact_of(Algorithm algorithm) {
  return algorithm_column<member>[static_cast<std::size_t>(algorithm) -
                                  static_cast<std::size_t>(algorithm_first)];
}

static_assert(
    [] {
      for (const AlgorithmRow& row : algorithm_rows) {
        if (fact_of<&AlgorithmRow::algorithm>(row.algorithm) != row.algorithm) {
          return false;
        }
      }
      return true;
    }(),
    "A row stands where its number says.");

[[nodiscard]] constexpr Family family_of(Algorithm algorithm) {
  return fact_of<&AlgorithmRow::family>(algorithm);
}

[[nodiscard]] constexpr bool is_hmac(Algorithm algorithm) {
  return family_of(algorithm) == Family::hmac;
}

[[nodiscard]] inline bool is_plain_hash(Algorithm algorithm) {
  return has_feature(Feature::plain_hash) && family_of(algorithm) == Family::digest;
}

/// Whether a signature is what both sides compute with the secret, and is compared.
[[nodiscard]] inline bool is_mac(Algorithm algorithm) {
  return is_hmac(algorithm) || is_plain_hash(algorithm);
}

/// Whether this edition has an algorithm with a public key.
[[nodiscard]] inline bool has_public_keys() {
  return has_feature(Feature::ed25519) || has_feature(Feature::public_key);
}

[[nodiscard]] inline bool is_asymmetric(Algorithm algorithm) {
  return has_public_keys() && family_of(algorithm) == Family::public_key;
}

[[nodiscard]] constexpr bool is_bearer(Algorithm algorithm) {
  return family_of(algorithm) == Family::bearer;
}

/// Whether a host's own crypto may be asked for such a MAC.
[[nodiscard]] constexpr bool hosts_can_hash(Algorithm algorithm) {
  return fact_of<&AlgorithmRow::computed>(algorithm) != Computed::by_core;
}

}  // namespace postern::scheme
