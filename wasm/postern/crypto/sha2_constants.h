#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "postern/crypto/state.h"

// The numbers of SHA-2: fractions of roots of the first primes. They are computed when the program
// or the module starts, which takes some microseconds: written out they are 768 bytes that no
// compression makes fewer. Those of the 32-bit hashes are the upper or lower halves of those of the
// 64-bit ones.

namespace postern::crypto {

/// SHA-512's rounds.
inline constexpr std::size_t round_constants_count = 80;

/// `root_fraction` gives the first 64 bits behind the point of the square root (`degree` 2) or the
/// cube root (3) of `prime`, which is below 64, or 512.
///
/// A root a of 18 or 28 bits behind the point is found in whole numbers, so that what it lacks,
/// p - a^n, is exact. Of the rest r, below 2^-18, a double has 53 bits, which end behind the 64th:
/// r (2 a + r) = p - a^2, and r (3 a^2 + 3 a r + r^2) = p - a^3.
constexpr std::uint64_t root_fraction(std::uint64_t prime, unsigned degree) {
  const unsigned bits = degree == 2 ? 28 : 18;
  const std::uint64_t wanted = prime << (degree * bits);
  const auto power = [&](std::uint64_t root) { return root * root * (degree == 2 ? 1 : root); };
  std::uint64_t root = 0;
  // Every root is below 8.
  for (std::uint64_t bit = std::uint64_t{4} << bits; bit != 0; bit >>= 1) {
    if (power(root | bit) <= wanted) {
      root |= bit;
    }
  }
  const double one = static_cast<double>(std::uint64_t{1} << bits);
  const double a = static_cast<double>(root) / one;
  const double lack =
      static_cast<double>(wanted - power(root)) / (degree == 2 ? one * one : one * one * one);
  double rest = 0;
  for (int i = 0; i < 4; ++i) {
    rest = lack / (degree == 2 ? 2 * a + rest : 3 * a * a + rest * (3 * a + rest));
  }
  return (root << (64 - bits)) + static_cast<std::uint64_t>(rest * 0x1p64);
}

static_assert(root_fraction(2, 3) == 0x428a2f98d728ae22);
static_assert(root_fraction(409, 3) == 0x6c44198c4a475817);
static_assert(root_fraction(2, 2) == 0x6a09e667f3bcc908);
static_assert(root_fraction(53, 2) == 0x47b5481dbefa4fa4);

// In halves: the 32-bit hashes use one half of them, and SHA-384 and SHA-512, being rare, put
// theirs together as they go. Nothing changes them after the start.
// NOLINTBEGIN(cppcoreguidelines-avoid-non-const-global-variables)

/// Of the cube roots of the first 80 primes. FIPS 180-4 section 4.2.3; the first 64 of the upper
/// halves are SHA-256's, section 4.2.2. Aligned for loads by four.
alignas(16) extern std::array<std::uint32_t, round_constants_count> round_constants_upper;
extern std::array<std::uint32_t, round_constants_count> round_constants_lower;

/// Of the square roots of the primes 2 to 19, section 5.3.5, and 23 to 53, section 5.3.4.
extern NarrowState sha512_start_upper;
extern NarrowState sha512_start_lower;
extern NarrowState sha384_start_upper;
extern NarrowState sha384_start_lower;

// NOLINTEND(cppcoreguidelines-avoid-non-const-global-variables)

/// FIPS 180-4 section 5.3.3.
inline constexpr const NarrowState& sha256_start = sha512_start_upper;

/// FIPS 180-4 section 5.3.2.
inline constexpr const NarrowState& sha224_start = sha384_start_lower;

constexpr std::uint64_t joined_halves(std::uint32_t upper, std::uint32_t lower) {
  return std::uint64_t{upper} << 32 | lower;
}

}  // namespace postern::crypto
