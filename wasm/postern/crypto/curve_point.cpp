#include "postern/crypto/curve_point.h"

#include "postern/base/check.h"
#include "postern/crypto/prime_field.h"

namespace postern::crypto {
namespace {

// Source: RFC 8032 section 5.1; SEC 2 section 2.4.2. Read 2026-11-29. The lowest word first.

/// 2^255 - 19.
constexpr Number prime_25519 = {0xFFFFFFED, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF,
                                0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0x7FFFFFFF};
/// The curve's d, -121665/121666.
constexpr Number d_25519 = {0x135978A3, 0x75EB4DCA, 0x4141D8AB, 0x00700A4D,
                            0x7779E898, 0x8CC74079, 0x2B6FFE73, 0x52036CEE};

constexpr Number prime_p256 = {0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0x00000000,
                               0x00000000, 0x00000000, 0x00000001, 0xFFFFFFFF};
constexpr Number b_p256 = {0x27D2604B, 0x3BCE3C3E, 0xCC53B0F6, 0x651D06B0,
                           0x769886BC, 0xB3EBBD55, 0xAA3A93E7, 0x5AC635D8};
constexpr Number base_x_p256 = {0xD898C296, 0xF4A13945, 0x2DEB33A0, 0x77037D81,
                                0x63A440F2, 0xF8BCE6E5, 0xE12C4247, 0x6B17D1F2};

/// The bit of an encoded point that tells x from -x.
constexpr std::uint32_t sign_bit = 0x80000000;

}  // namespace

PointJudgement judge_ed25519(Bytes key) {
  const PrimeField field(prime_25519);
  Number encoded = number_of_little_endian(key);
  encoded.back() &= ~sign_bit;
  if (!is_below(encoded, prime_25519)) {
    return PointJudgement::off_curve;
  }
  const Number zero{};
  const Number one = field.element(1);
  const Number y = field.element(encoded);
  const Number yy = field.product(y, y);
  const Number dyy = field.product(field.element(d_25519), yy);
  // Order 1 and 2 have y = 1 and -1, order 4 has y = 0. A point of order 8 doubles to one with
  // y = 0, so x^2 = -y^2, which in the curve's equation is d y^4 + 2 y^2 - 1 = 0. The base point
  // has y = 4/5.
  const Number order_8 =
      field.difference(field.sum(field.product(dyy, yy), field.sum(yy, yy)), one);
  const Number base = field.difference(field.product(field.element(5), y), field.element(4));
  if (y == zero || yy == one || order_8 == zero || base == zero) {
    return PointJudgement::forgeable;
  }
  // x^2 = (y^2 - 1) / (d y^2 + 1); a quotient is a square where the product is.
  const Number xx = field.product(field.difference(yy, one), field.sum(dyy, one));
  return field.is_square(xx) ? PointJudgement::sound : PointJudgement::off_curve;
}

PointJudgement judge_p256(Bytes x_and_y) {
  POSTERN_CHECK(x_and_y.size() == 2 * coordinate_bytes);
  const PrimeField field(prime_p256);
  const Number x_number = number_of_big_endian(x_and_y.first(coordinate_bytes));
  const Number y_number = number_of_big_endian(x_and_y.subspan(coordinate_bytes));
  if (!is_below(x_number, prime_p256) || !is_below(y_number, prime_p256)) {
    return PointJudgement::off_curve;
  }
  // y^2 = x^3 - 3 x + b
  const Number x = field.element(x_number);
  const Number y = field.element(y_number);
  const Number factor = field.difference(field.product(x, x), field.element(3));
  const Number right = field.sum(field.product(factor, x), field.element(b_p256));
  if (field.product(y, y) != right) {
    return PointJudgement::off_curve;
  }
  return x_number == base_x_p256 ? PointJudgement::forgeable : PointJudgement::sound;
}

}  // namespace postern::crypto
