#pragma once

#include <array>

#include "postern/crypto/hash.h"

namespace postern::crypto {

/// SHA-256, where nobody chooses the hash.
class Sha256 : public Hash {
 public:
  static constexpr std::size_t digest_bytes = 32;
  using Digest = std::array<std::byte, digest_bytes>;

  Sha256() : Hash(HashAlgorithm::sha256) {}

  [[nodiscard]] Digest finish() {
    Digest digest;
    static_cast<void>(Hash::finish(digest));
    return digest;
  }
};

/// `sha256` hashes one piece.
[[nodiscard]] Sha256::Digest sha256(Bytes input);

}  // namespace postern::crypto
