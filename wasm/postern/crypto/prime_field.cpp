#include "postern/crypto/prime_field.h"

#include <algorithm>
#include <cstddef>
#include <tuple>

#include "postern/base/check.h"
#include "postern/crypto/big_endian.h"

namespace postern::crypto {
namespace {

constexpr std::size_t words = std::tuple_size_v<Number>;
constexpr std::size_t word_bits = 32;
constexpr std::size_t word_bytes = 4;

std::uint32_t high(std::uint64_t value) { return static_cast<std::uint32_t>(value >> word_bits); }

/// `a` - `b` modulo 2^256 into `a`; the borrow is 1 when `a` was below `b`.
std::uint32_t subtract(Number& a, const Number& b) {
  std::uint64_t borrow = 0;
  for (std::size_t i = 0; i < words; ++i) {
    const std::uint64_t step = std::uint64_t{a[i]} - b[i] - borrow;
    a[i] = static_cast<std::uint32_t>(step);
    borrow = step >> 63;
  }
  return static_cast<std::uint32_t>(borrow);
}

/// `a` + `b` modulo 2^256 into `a`; gives the carry.
std::uint32_t add(Number& a, const Number& b) {
  std::uint64_t carry = 0;
  for (std::size_t i = 0; i < words; ++i) {
    carry += std::uint64_t{a[i]} + b[i];
    a[i] = static_cast<std::uint32_t>(carry);
    carry = high(carry);
  }
  return static_cast<std::uint32_t>(carry);
}

/// Takes the prime off once when `a`, with `carry` above it, is not below it.
void reduce(Number& a, std::uint32_t carry, const Number& prime) {
  if (carry != 0 || !is_below(a, prime)) {
    subtract(a, prime);
  }
}

}  // namespace

Number number_of_big_endian(Bytes bytes) {
  POSTERN_CHECK(bytes.size() == words * word_bytes);
  Number number{};
  for (std::size_t i = 0; i < words; ++i) {
    number[words - 1 - i] = load_big_endian<std::uint32_t>(bytes.data() + i * word_bytes);
  }
  return number;
}

Number number_of_little_endian(Bytes bytes) {
  POSTERN_CHECK(bytes.size() == words * word_bytes);
  std::array<std::byte, words * word_bytes> turned;
  std::ranges::reverse_copy(bytes, turned.begin());
  return number_of_big_endian(turned);
}

bool is_below(const Number& a, const Number& b) {
  Number difference = a;
  return subtract(difference, b) != 0;
}

PrimeField::PrimeField(const Number& prime) : prime_(prime) {
  // Newton's iteration doubles the bits that are right; the first is right for every odd number.
  for (std::size_t bits = 1; bits < word_bits; bits *= 2) {
    inverse_ *= 2 + prime[0] * inverse_;
  }
}

/// In Montgomery's form a number stands multiplied by 2^256.
Number PrimeField::element(const Number& number) const {
  Number doubled = number;
  for (std::size_t i = 0; i < words * word_bits; ++i) {
    doubled = sum(doubled, doubled);
  }
  return doubled;
}

Number PrimeField::sum(const Number& a, const Number& b) const {
  Number total = a;
  const std::uint32_t carry = add(total, b);
  reduce(total, carry, prime_);
  return total;
}

Number PrimeField::difference(const Number& a, const Number& b) const {
  Number left = a;
  if (subtract(left, b) != 0) {
    add(left, prime_);
  }
  return left;
}

Number PrimeField::product(const Number& a, const Number& b) const {
  Number total{};
  std::uint32_t above = 0;
  for (const std::uint32_t factor : b) {
    std::uint64_t carry = 0;
    for (std::size_t j = 0; j < words; ++j) {
      carry += std::uint64_t{a[j]} * factor + total[j];
      total[j] = static_cast<std::uint32_t>(carry);
      carry = high(carry);
    }
    carry += above;
    above = static_cast<std::uint32_t>(carry);
    const std::uint32_t beyond = high(carry);
    // The multiple of the prime that makes the lowest word zero, which is then shifted out.
    const std::uint32_t multiple = total[0] * inverse_;
    carry = high(std::uint64_t{multiple} * prime_[0] + total[0]);
    for (std::size_t j = 1; j < words; ++j) {
      carry += std::uint64_t{multiple} * prime_[j] + total[j];
      total[j - 1] = static_cast<std::uint32_t>(carry);
      carry = high(carry);
    }
    carry += above;
    total[words - 1] = static_cast<std::uint32_t>(carry);
    above = beyond + high(carry);
  }
  reduce(total, above, prime_);
  return total;
}

bool PrimeField::is_square(const Number& a) const {
  const Number one = element(1);
  Number power = one;
  // Half of the prime less one: the prime without its lowest bit.
  for (std::size_t bit = words * word_bits - 1; bit > 0; --bit) {
    power = product(power, power);
    if ((prime_[bit / word_bits] >> (bit % word_bits) & 1) != 0) {
      power = product(power, a);
    }
  }
  return power == one;
}

}  // namespace postern::crypto
