#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "crypto/sha1.h"
#include "crypto/sha2.h"

namespace postern::crypto {

/// The hashes that senders sign with. The numbers stand in compiled policies and in effects.
enum class HashAlgorithm : std::uint8_t {
  sha1 = 1,
  sha224 = 2,
  sha256 = 3,
  sha384 = 4,
  sha512 = 5,
};

/// SHA-512's: room for this many bytes holds any digest or MAC.
inline constexpr std::size_t digest_bytes_max = 64;

/// SHA-384's and SHA-512's.
inline constexpr std::size_t block_bytes_max = 128;

/// `digest_bytes` and `block_bytes` trap on a number that is no algorithm.
[[nodiscard]] std::size_t digest_bytes(HashAlgorithm algorithm);
[[nodiscard]] std::size_t block_bytes(HashAlgorithm algorithm);

/// A hash chosen while running. A value: a copy goes on from the same point. After `finish` it is
/// spent.
class Hash {
 public:
  explicit Hash(HashAlgorithm algorithm);

  void update(Bytes input);

  /// `finish` fills the first `digest_bytes` of `room` and returns them; less room traps.
  /// Borrows: the result is a view of `room`.
  [[nodiscard]] MutableBytes finish(MutableBytes room);

  [[nodiscard]] HashAlgorithm algorithm() const { return algorithm_; }

 private:
  HashAlgorithm algorithm_;
  union {  // The one that `algorithm_` is of: behind their start, two hashes of a family are alike.
    Sha1 sha1_;
    Sha2Narrow narrow_;
    Sha2Wide wide_;
  };
};

static_assert(std::is_trivially_copyable_v<Hash> && std::is_trivially_destructible_v<Hash>,
              "Hashes are kept in an arena, which runs no destructors.");

}  // namespace postern::crypto
