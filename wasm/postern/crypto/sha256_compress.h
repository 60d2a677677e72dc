#pragma once

#include <cstddef>

#include "postern/base/bytes.h"
#include "postern/crypto/state.h"

// The inner function of SHA-224 and SHA-256. Nearly every sender signs with HMAC-SHA256, so this is
// where the time of a delivery goes, and the only hash with more than one form.

namespace postern::crypto {

inline constexpr std::size_t sha256_block_bytes = 64;

/// `sha256_compress` takes whole blocks into `state`, by the fastest form that this machine has.
/// Source: FIPS 180-4 section 6.2.2. Read 2026-11-21.
void sha256_compress(NarrowState& state, Bytes blocks);

/// `sha256_compress_portable` is the form of the module: the message schedule four words at a time.
void sha256_compress_portable(NarrowState& state, Bytes blocks);

#if defined(__x86_64__)
/// `has_sha256_instructions` asks the processor for the SHA extensions.
[[nodiscard]] bool has_sha256_instructions();

/// `sha256_compress_native` uses them; call it only where `has_sha256_instructions` holds.
void sha256_compress_native(NarrowState& state, Bytes blocks);
#endif

}  // namespace postern::crypto
