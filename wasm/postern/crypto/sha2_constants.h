#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "postern/crypto/state.h"

// The numbers of SHA-2. Those of the 32-bit hashes are the upper or lower halves of those of the
// 64-bit ones, so each is written once.

namespace postern::crypto {

/// The first 64 bits of the fractional parts of the cube roots of the first 80 primes.
/// Source: FIPS 180-4 section 4.2.3, read 2026-11-21; computed again from that definition.
inline constexpr std::array<std::uint64_t, 80> sha512_round_constants = {
    0x428a2f98d728ae22, 0x7137449123ef65cd, 0xb5c0fbcfec4d3b2f, 0xe9b5dba58189dbbc,
    0x3956c25bf348b538, 0x59f111f1b605d019, 0x923f82a4af194f9b, 0xab1c5ed5da6d8118,
    0xd807aa98a3030242, 0x12835b0145706fbe, 0x243185be4ee4b28c, 0x550c7dc3d5ffb4e2,
    0x72be5d74f27b896f, 0x80deb1fe3b1696b1, 0x9bdc06a725c71235, 0xc19bf174cf692694,
    0xe49b69c19ef14ad2, 0xefbe4786384f25e3, 0x0fc19dc68b8cd5b5, 0x240ca1cc77ac9c65,
    0x2de92c6f592b0275, 0x4a7484aa6ea6e483, 0x5cb0a9dcbd41fbd4, 0x76f988da831153b5,
    0x983e5152ee66dfab, 0xa831c66d2db43210, 0xb00327c898fb213f, 0xbf597fc7beef0ee4,
    0xc6e00bf33da88fc2, 0xd5a79147930aa725, 0x06ca6351e003826f, 0x142929670a0e6e70,
    0x27b70a8546d22ffc, 0x2e1b21385c26c926, 0x4d2c6dfc5ac42aed, 0x53380d139d95b3df,
    0x650a73548baf63de, 0x766a0abb3c77b2a8, 0x81c2c92e47edaee6, 0x92722c851482353b,
    0xa2bfe8a14cf10364, 0xa81a664bbc423001, 0xc24b8b70d0f89791, 0xc76c51a30654be30,
    0xd192e819d6ef5218, 0xd69906245565a910, 0xf40e35855771202a, 0x106aa07032bbd1b8,
    0x19a4c116b8d2d0c8, 0x1e376c085141ab53, 0x2748774cdf8eeb99, 0x34b0bcb5e19b48a8,
    0x391c0cb3c5c95a63, 0x4ed8aa4ae3418acb, 0x5b9cca4f7763e373, 0x682e6ff3d6b2b8a3,
    0x748f82ee5defb2fc, 0x78a5636f43172f60, 0x84c87814a1f0ab72, 0x8cc702081a6439ec,
    0x90befffa23631e28, 0xa4506cebde82bde9, 0xbef9a3f7b2c67915, 0xc67178f2e372532b,
    0xca273eceea26619c, 0xd186b8c721c0c207, 0xeada7dd6cde0eb1e, 0xf57d4f7fee6ed178,
    0x06f067aa72176fba, 0x0a637dc5a2c898a6, 0x113f9804bef90dae, 0x1b710b35131c471b,
    0x28db77f523047d84, 0x32caab7b40c72493, 0x3c9ebe0a15c9bebc, 0x431d67c49c100d4c,
    0x4cc5d4becb3e42b6, 0x597f299cfc657e2a, 0x5fcb6fab3ad6faec, 0x6c44198c4a475817,
};

/// The same of the square roots of the primes 2 to 19.
/// Source: FIPS 180-4 section 5.3.5.
inline constexpr std::array<std::uint64_t, 8> sha512_start = {
    0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1,
    0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179,
};

/// The same of the square roots of the primes 23 to 53.
/// Source: FIPS 180-4 section 5.3.4.
inline constexpr std::array<std::uint64_t, 8> sha384_start = {
    0xcbbb9d5dc1059ed8, 0x629a292a367cd507, 0x9159015a3070dd17, 0x152fecd8f70e5939,
    0x67332667ffc00b31, 0x8eb44a8768581511, 0xdb0c2e0d64f98fa7, 0x47b5481dbefa4fa4,
};

/// `shifted_words` gives the low 32 bits of the first `count` of `words`, each shifted right first.
template <std::size_t count, std::size_t words_count>
consteval std::array<std::uint32_t, count> shifted_words(
    const std::array<std::uint64_t, words_count>& words, unsigned shift) {
  static_assert(count <= words_count);
  std::array<std::uint32_t, count> result{};
  for (std::size_t i = 0; i < count; ++i) {
    result[i] = static_cast<std::uint32_t>(words[i] >> shift);
  }
  return result;
}

// The same numbers in halves, which is how they stand in the module: the 32-bit hashes use one half
// of them, and SHA-384 and SHA-512, being rare, put theirs together as they go.

/// FIPS 180-4 section 4.2.2: the first 64 of the upper halves are SHA-256's. Aligned for loads by
/// four.
alignas(16) inline constexpr std::array<std::uint32_t, 80> round_constants_upper =
    shifted_words<80>(sha512_round_constants, 32);
inline constexpr std::array<std::uint32_t, 80> round_constants_lower =
    shifted_words<80>(sha512_round_constants, 0);

inline constexpr NarrowState sha512_start_upper = shifted_words<8>(sha512_start, 32);
inline constexpr NarrowState sha512_start_lower = shifted_words<8>(sha512_start, 0);
inline constexpr NarrowState sha384_start_upper = shifted_words<8>(sha384_start, 32);
inline constexpr NarrowState sha384_start_lower = shifted_words<8>(sha384_start, 0);

/// FIPS 180-4 section 5.3.3.
inline constexpr const NarrowState& sha256_start = sha512_start_upper;

/// FIPS 180-4 section 5.3.2.
inline constexpr const NarrowState& sha224_start = sha384_start_lower;

constexpr std::uint64_t joined_halves(std::uint32_t upper, std::uint32_t lower) {
  return std::uint64_t{upper} << 32 | lower;
}

static_assert(round_constants_upper[63] == 0xc67178f2);
static_assert(sha224_start[7] == 0xbefa4fa4);

}  // namespace postern::crypto
