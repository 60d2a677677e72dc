#include "postern/crypto/sha2_constants.h"

namespace postern::crypto {
namespace {

constexpr std::size_t start_words = std::tuple_size_v<NarrowState>;

bool is_prime(std::uint64_t number) {
  for (std::uint64_t divisor = 2; divisor * divisor <= number; ++divisor) {
    if (number % divisor == 0) {
      return false;
    }
  }
  return true;
}

void split(std::uint64_t number, std::uint32_t& upper, std::uint32_t& lower) {
  upper = static_cast<std::uint32_t>(number >> 32);
  lower = static_cast<std::uint32_t>(number);
}

}  // namespace

// NOLINTBEGIN(cppcoreguidelines-avoid-non-const-global-variables): written once, below.
alignas(16) constinit std::array<std::uint32_t, round_constants_count> round_constants_upper = {};
constinit std::array<std::uint32_t, round_constants_count> round_constants_lower = {};
constinit NarrowState sha512_start_upper = {};
constinit NarrowState sha512_start_lower = {};
constinit NarrowState sha384_start_upper = {};
constinit NarrowState sha384_start_lower = {};
// NOLINTEND(cppcoreguidelines-avoid-non-const-global-variables)

#pragma clang diagnostic ignored "-Wglobal-constructors"

/// Runs before `main` and all that begins there, and in a module within `_initialize`. 101 is the
/// first number that is not the system's.
[[gnu::constructor(101)]] static void compute_constants() {
  std::uint64_t prime = 1;
  for (std::size_t i = 0; i < round_constants_count; ++i) {
    do {
      ++prime;
    } while (!is_prime(prime));
    split(root_fraction(prime, 3), round_constants_upper[i], round_constants_lower[i]);
    if (i < start_words) {
      split(root_fraction(prime, 2), sha512_start_upper[i], sha512_start_lower[i]);
    } else if (i < 2 * start_words) {
      split(root_fraction(prime, 2), sha384_start_upper[i - start_words],
            sha384_start_lower[i - start_words]);
    }
  }
}

}  // namespace postern::crypto
