#pragma once

#include <cstddef>

#include "postern/base/bytes.h"
#include "postern/crypto/state.h"

// The inner function of SHA-1, for senders that sign with HMAC-SHA1. Collisions are known, so
// nothing of ours relies on it.

namespace postern::crypto {

inline constexpr std::size_t sha1_block_bytes = 64;

/// FIPS 180-4 section 5.3.1.
inline constexpr NarrowState sha1_start = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476,
                                           0xc3d2e1f0};

/// `sha1_compress` takes whole blocks into `state`.
/// Source: FIPS 180-4 section 6.1. Read 2026-11-21.
void sha1_compress(NarrowState& state, Bytes blocks);

}  // namespace postern::crypto
