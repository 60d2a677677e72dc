#pragma once

#include <array>
#include <cstdint>

#include "postern/base/bytes.h"

namespace postern::crypto {

/// A number below 2^256, in words of 32 bits, the lowest first.
using Number = std::array<std::uint32_t, 8>;

/// `number_of_big_endian` and `number_of_little_endian` read 32 bytes.
[[nodiscard]] Number number_of_big_endian(Bytes bytes);
[[nodiscard]] Number number_of_little_endian(Bytes bytes);

/// Whether `a` is below `b`.
[[nodiscard]] bool is_below(const Number& a, const Number& b);

/// The numbers modulo an odd prime of up to 256 bits. Elements are kept in Montgomery's form, in
/// which the one product is cheap for any prime; zero is zero in it. A few hundred products for
/// each public key, once for each instance: written to be short. Not in constant time.
/// Source: Koc, Acar, Kaliski: "Analyzing and comparing Montgomery multiplication algorithms"
/// (1996), section 5 (CIOS). Read 2026-11-29.
class PrimeField {
 public:
  explicit PrimeField(const Number& prime);

  /// `element` brings a number below the prime into the field.
  [[nodiscard]] Number element(const Number& number) const;
  [[nodiscard]] Number element(std::uint32_t number) const { return element(Number{number}); }

  [[nodiscard]] Number sum(const Number& a, const Number& b) const;
  [[nodiscard]] Number difference(const Number& a, const Number& b) const;
  [[nodiscard]] Number product(const Number& a, const Number& b) const;

  /// `is_square` says whether `a`, not zero, is the square of an element, by Euler's criterion.
  [[nodiscard]] bool is_square(const Number& a) const;

 private:
  Number prime_;
  std::uint32_t inverse_ = 1;  // Of minus the prime's lowest word, modulo 2^32.
};

}  // namespace postern::crypto
