#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.h"
#include "crypto/block_buffer.h"

namespace postern::crypto {

/// SHA-1, for senders that sign with HMAC-SHA1. Collisions are known, so nothing of ours relies on
/// it. A value: a copy goes on from the same point. After `finish` it is spent.
/// Source: FIPS 180-4 sections 5.3.1 and 6.1. Read 2026-11-21.
class Sha1 {
 public:
  static constexpr std::size_t digest_bytes = 20;
  static constexpr std::size_t block_bytes = 64;
  using Digest = std::array<std::byte, digest_bytes>;

  [[gnu::noinline]] void update(Bytes input);
  [[nodiscard]] Digest finish();

  /// `finish_into` fills `digest`, which has `digest_bytes`.
  [[gnu::noinline]] void finish_into(MutableBytes digest);

 private:
  std::array<std::uint32_t, 5> state_ = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476,
                                         0xc3d2e1f0};
  BlockBuffer<block_bytes> buffer_;
};

}  // namespace postern::crypto
