#pragma once

#include <cstddef>

#include "postern/base/bytes.h"
#include "postern/crypto/state.h"

// The inner function of SHA-384 and SHA-512.

namespace postern::crypto {

inline constexpr std::size_t sha512_block_bytes = 128;

/// `sha512_compress` takes whole blocks into `state`.
/// Source: FIPS 180-4 section 6.4.2. Read 2026-11-21.
void sha512_compress(WideState& state, Bytes blocks);

}  // namespace postern::crypto
