#pragma once

#include <array>
#include <cstdint>

// What a hash remembers of the blocks that it has taken.

namespace postern::crypto {

/// The state of a hash of 32-bit words. SHA-1 has five and leaves the others alone.
using NarrowState = std::array<std::uint32_t, 8>;

/// The state of a hash of 64-bit words: SHA-384 and SHA-512.
using WideState = std::array<std::uint64_t, 8>;

}  // namespace postern::crypto
