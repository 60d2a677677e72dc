#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "compiler/public_key_text.h"
#include "postern/base/check.h"
#include "postern/scheme/der.h"
#include "postern/scheme/sound_key.h"

// Arithmetic with one odd modulus, as far as `is_factored` needs it. Nothing here is secret, so it
// takes as long as the numbers make it.

namespace postern::compiler {
namespace {

using Limb = std::uint32_t;
constexpr unsigned limb_bits = 32;
/// Little-endian; all numbers of one calculation have as many limbs as the modulus.
using Number = std::vector<Limb>;

Number number_of(Bytes big_endian) {
  Number number((big_endian.size() + sizeof(Limb) - 1) / sizeof(Limb));
  for (std::size_t i = 0; i < big_endian.size(); ++i) {
    const auto byte = std::to_integer<Limb>(big_endian[big_endian.size() - 1 - i]);
    number[i / sizeof(Limb)] |= byte << (8 * (i % sizeof(Limb)));
  }
  return number;
}

bool is_below(const Number& left, const Number& right) {
  return std::lexicographical_compare(left.rbegin(), left.rend(), right.rbegin(), right.rend());
}

bool is_zero(const Number& number) {
  return std::ranges::all_of(number, [](Limb limb) { return limb == 0; });
}

/// Takes `right` off; what is borrowed beyond the last limb is dropped.
void subtract(Number& left, const Number& right) {
  std::uint64_t borrow = 0;
  for (std::size_t i = 0; i < left.size(); ++i) {
    const std::uint64_t difference = std::uint64_t{left[i]} - right[i] - borrow;
    left[i] = static_cast<Limb>(difference);
    borrow = difference >> 63U;
  }
}

void halve(Number& number) {
  for (std::size_t i = 0; i < number.size(); ++i) {
    const Limb above = i + 1 < number.size() ? number[i + 1] : 0;
    number[i] = number[i] >> 1U | above << (limb_bits - 1);
  }
}

void double_modulo(Number& number, const Number& modulus) {
  Limb carry = 0;
  for (Limb& limb : number) {
    const Limb next = limb >> (limb_bits - 1);
    limb = limb << 1U | carry;
    carry = next;
  }
  if (carry != 0 || !is_below(number, modulus)) {
    subtract(number, modulus);
  }
}

/// The negative inverse of an odd limb modulo 2^32, by Newton's iteration: each step doubles the
/// bits that are right, of which an odd number has three to begin with.
Limb negative_inverse(Limb odd) {
  Limb inverse = odd;
  for (int step = 0; step < 4; ++step) {
    inverse *= 2 - odd * inverse;
  }
  return ~inverse + 1;
}

/// number^2 / 2^(32 * limbs) modulo `modulus`.
/// Source: Montgomery, Modular multiplication without trial division, 1985.
Number montgomery_square(const Number& number, const Number& modulus, Limb inverse) {
  const std::size_t limbs = modulus.size();
  Number sum(limbs + 2);
  for (const Limb factor : number) {
    std::uint64_t carry = 0;
    for (std::size_t i = 0; i < limbs; ++i) {
      carry += std::uint64_t{number[i]} * factor + sum[i];
      sum[i] = static_cast<Limb>(carry);
      carry >>= limb_bits;
    }
    carry += sum[limbs];
    sum[limbs] = static_cast<Limb>(carry);
    sum[limbs + 1] = static_cast<Limb>(carry >> limb_bits);
    // As many moduli as make the last limb zero; then all move down by one.
    const Limb times = sum[0] * inverse;
    carry = (std::uint64_t{times} * modulus[0] + sum[0]) >> limb_bits;
    for (std::size_t i = 1; i < limbs; ++i) {
      carry += std::uint64_t{times} * modulus[i] + sum[i];
      sum[i - 1] = static_cast<Limb>(carry);
      carry >>= limb_bits;
    }
    carry += sum[limbs];
    sum[limbs - 1] = static_cast<Limb>(carry);
    sum[limbs] = sum[limbs + 1] + static_cast<Limb>(carry >> limb_bits);
  }
  const bool is_over = sum[limbs] != 0;
  sum.resize(limbs);
  if (is_over || !is_below(sum, modulus)) {
    subtract(sum, modulus);
  }
  return sum;
}

/// (2^(modulus - 1) - 1) times a unit, modulo `modulus`.
Number power_less_one(const Number& modulus) {
  const std::size_t bits = modulus.size() * limb_bits;
  Number one(modulus.size());  // In Montgomery's form: 2^bits.
  one[0] = 1;
  for (std::size_t i = 0; i < bits; ++i) {
    double_modulo(one, modulus);
  }
  const Limb inverse = negative_inverse(modulus[0]);
  Number power = one;
  for (std::size_t i = bits; i-- > 0;) {
    power = montgomery_square(power, modulus, inverse);
    // Of the exponent, modulus - 1, only the last bit differs from the modulus: it is 0.
    if (i > 0 && (modulus[i / limb_bits] >> (i % limb_bits) & 1U) != 0) {
      double_modulo(power, modulus);
    }
  }
  if (is_below(power, one)) {
    Number wrapped = modulus;
    subtract(one, power);
    subtract(wrapped, one);
    return wrapped;
  }
  subtract(power, one);
  return power;
}

/// Whether `number` and the odd `modulus` have a common divisor besides 1.
bool has_common_divisor(Number number, Number modulus) {
  while (!is_zero(number)) {
    while ((number[0] & 1U) == 0) {
      halve(number);  // 2 is no divisor of the other one.
    }
    if (is_below(number, modulus)) {
      std::swap(number, modulus);
    }
    subtract(number, modulus);
  }
  modulus[0] ^= 1;
  return !is_zero(modulus);
}

bool has_small_factor(const Number& modulus) {
  for (Limb divisor = 3; divisor < small_factor_max; divisor += 2) {
    std::uint64_t remainder = 0;
    for (std::size_t i = modulus.size(); i-- > 0;) {
      remainder = (remainder << limb_bits | modulus[i]) % divisor;
    }
    if (remainder == 0) {
      return true;
    }
  }
  return false;
}

}  // namespace

Bytes modulus_of(Bytes info) {
  scheme::DerReader outer(info);
  scheme::DerReader fields = outer.enter(scheme::der_sequence);
  fields.next();
  fields.expect(scheme::der_bit_string);
  POSTERN_CHECK(!fields.content().empty());
  scheme::DerReader key(fields.content().subspan(1));
  scheme::DerReader numbers = key.enter(scheme::der_sequence);
  return scheme::next_unsigned(numbers);
}

bool is_factored(Bytes modulus) {
  POSTERN_CHECK(!modulus.empty() && modulus.size() <= scheme::rsa_bits_max / 8 &&
                (modulus.back() & std::byte{1}) != std::byte{});
  const Number number = number_of(modulus);
  return has_small_factor(number) || has_common_divisor(power_less_one(number), number);
}

}  // namespace postern::compiler
