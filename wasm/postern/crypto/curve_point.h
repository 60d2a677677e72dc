#pragma once

#include <cstdint>

#include "postern/base/bytes.h"

// Whether a public key is a point that only one party can sign for. Signatures themselves are
// checked by hosts, which take any bytes of the right length for a key. Not in constant time:
// public keys are public.

namespace postern::crypto {

enum class PointJudgement : std::uint8_t {
  sound = 0,
  off_curve = 1,  // Not a point, or not in the one encoding that it has.
  forgeable = 2,  // A point that anybody can sign for.
};

inline constexpr std::size_t coordinate_bytes = 32;

/// `judge_ed25519` judges 32 bytes as a public key: y below the prime, a point of the curve, and of
/// an order above 8. For the eight points of small order anybody finds a signature of any text
/// after a few tries; for the base point and its negative the private key is 1.
/// Source: RFC 8032 sections 5.1.3 and 5.1.7; "Taming the many EdDSAs" (2020), section 2. Read
/// 2026-11-29.
[[nodiscard]] PointJudgement judge_ed25519(Bytes key);

/// `judge_p256` judges x and y, 32 bytes each: both below the prime, a point of the curve, and not
/// the base point or its negative.
/// Source: SEC 1 section 3.2.2.1, SEC 2 section 2.4.2. Read 2026-11-29.
[[nodiscard]] PointJudgement judge_p256(Bytes x_and_y);

}  // namespace postern::crypto
