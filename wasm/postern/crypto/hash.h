#pragma once

#include <array>
#include <cstdint>
#include <type_traits>

#include "postern/base/bytes.h"
#include "postern/contract/numbers.h"
#include "postern/crypto/sha1.h"
#include "postern/crypto/sha256_compress.h"
#include "postern/crypto/sha512_compress.h"

namespace postern::crypto {

/// The hashes that senders sign with. The numbers stand in compiled policies and in effects.
using HashAlgorithm = contract::Hash;

/// SHA-512's: room for this many bytes holds any digest or MAC.
inline constexpr std::size_t digest_bytes_max = 64;

/// SHA-384's and SHA-512's.
inline constexpr std::size_t block_bytes_max = sha512_block_bytes;

/// `digest_bytes` and `block_bytes` trap on a number that is no algorithm.
[[nodiscard]] std::size_t digest_bytes(HashAlgorithm algorithm);
[[nodiscard]] std::size_t block_bytes(HashAlgorithm algorithm);

/// A hash chosen while running: the blocks, the padding and the order of bytes that SHA-1 and SHA-2
/// have in common, around the inner function of each. A value: a copy goes on from the same point,
/// which is how HMAC keeps the state behind its key. After `finish` it is spent.
/// Source: FIPS 180-4 section 5. Read 2026-11-21.
class Hash {
 public:
  explicit Hash(HashAlgorithm algorithm);

  void update(Bytes input);

  /// `finish` fills the first `digest_bytes` of `room` and returns them; less room traps.
  /// Borrows: the result is a view of `room`.
  [[nodiscard]] MutableBytes finish(MutableBytes room);

  [[nodiscard]] HashAlgorithm algorithm() const { return algorithm_; }

 private:
  /// Takes one or more whole blocks; as many as there are at once, so that the inner function may
  /// keep its state in registers between them.
  void compress(Bytes blocks);

  void pad();

  /// How much of `pending_` is filled.
  [[nodiscard]] std::size_t pending_bytes() const;

  HashAlgorithm algorithm_;
  union {
    // NOLINTBEGIN(readability-identifier-naming): members of the class.
    NarrowState narrow_;  // SHA-1, SHA-224, SHA-256
    WideState wide_;      // SHA-384, SHA-512
    // NOLINTEND(readability-identifier-naming)
  };
  /// Bits overflow 64 bits after 2^61 bytes, which no host hands over.
  std::uint64_t total_bytes_ = 0;
  /// What does not fill a block yet.
  std::array<std::byte, block_bytes_max> pending_;
};

static_assert(std::is_trivially_copyable_v<Hash> && std::is_trivially_destructible_v<Hash>,
              "Hashes are kept in an arena, which runs no destructors.");

}  // namespace postern::crypto
