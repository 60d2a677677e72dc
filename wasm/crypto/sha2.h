#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.h"
#include "crypto/block_buffer.h"
#include "crypto/sha256_compress.h"

// SHA-224, SHA-256, SHA-384 and SHA-512. All are values: a copy goes on from the same point, which
// is how HMAC keeps the state behind its key. After `finish` a hash is spent. Source: FIPS 180-4.
// Read 2026-11-21.

namespace postern::crypto {

/// What SHA-224 and SHA-256 share: 32-bit words, blocks of 64 bytes.
class Sha2Narrow {
 public:
  static constexpr std::size_t block_bytes = sha256_block_bytes;
  [[gnu::noinline]] void update(Bytes input);

  /// `finish_into` fills `digest`, which has as many bytes as the hash that this is.
  [[gnu::noinline]] void finish_into(MutableBytes digest);

 protected:
  explicit Sha2Narrow(const Sha256State& start) : state_(start) {}

 private:
  Sha256State state_;
  BlockBuffer<block_bytes> buffer_;
};

/// What SHA-384 and SHA-512 share: 64-bit words, blocks of 128 bytes.
class Sha2Wide {
 public:
  static constexpr std::size_t block_bytes = 128;
  [[gnu::noinline]] void update(Bytes input);

  /// `finish_into` fills `digest`, which has as many bytes as the hash that this is.
  [[gnu::noinline]] void finish_into(MutableBytes digest);

 protected:
  using State = std::array<std::uint64_t, 8>;
  explicit Sha2Wide(const State& start) : state_(start) {}

 private:
  State state_;
  BlockBuffer<block_bytes> buffer_;
};

class Sha224 : public Sha2Narrow {
 public:
  static constexpr std::size_t digest_bytes = 28;
  using Digest = std::array<std::byte, digest_bytes>;
  Sha224();
  [[nodiscard]] Digest finish();
};

class Sha256 : public Sha2Narrow {
 public:
  static constexpr std::size_t digest_bytes = 32;
  using Digest = std::array<std::byte, digest_bytes>;
  Sha256();
  [[nodiscard]] Digest finish();
};

class Sha384 : public Sha2Wide {
 public:
  static constexpr std::size_t digest_bytes = 48;
  using Digest = std::array<std::byte, digest_bytes>;
  Sha384();
  [[nodiscard]] Digest finish();
};

class Sha512 : public Sha2Wide {
 public:
  static constexpr std::size_t digest_bytes = 64;
  using Digest = std::array<std::byte, digest_bytes>;
  Sha512();
  [[nodiscard]] Digest finish();
};

}  // namespace postern::crypto
