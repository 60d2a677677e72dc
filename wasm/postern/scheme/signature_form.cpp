#include "postern/scheme/signature_form.h"

#include <algorithm>
#include <array>

#include "postern/scheme/der.h"

namespace postern::scheme {
namespace {

constexpr std::size_t curve_bytes = 32;

/// The order of the Ed25519 group, 2^252 + 27742317777372353535851937790883648493, little-endian.
constexpr std::array<std::uint8_t, curve_bytes> ed25519_order = {
    0xED, 0xD3, 0xF5, 0x5C, 0x1A, 0x63, 0x12, 0x58, 0xD6, 0x9C, 0xF7, 0xA2, 0xDE, 0xF9, 0xDE, 0x14,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x10};

/// Signatures are public, so this comparison need not hide anything.
bool is_below_order(Bytes little_endian) {
  for (std::size_t i = curve_bytes; i-- > 0;) {
    const auto byte = std::to_integer<std::uint8_t>(little_endian[i]);
    if (byte != ed25519_order[i]) {
      return byte < ed25519_order[i];
    }
  }
  return false;
}

/// Right-aligns the next number of an ECDSA signature. False when it is zero or does not fit.
bool place_number(DerReader& numbers, MutableBytes room) {
  const Bytes magnitude = next_unsigned(numbers);
  if (magnitude.size() > room.size()) {
    return false;
  }
  std::ranges::fill(room, std::byte{});
  std::ranges::copy(magnitude, room.last(magnitude.size()).begin());
  return std::ranges::any_of(magnitude, [](std::byte b) { return b != std::byte{}; });
}

std::optional<Bytes> from_ecdsa_der(Bytes bytes, Arena& arena) {
  DerReader outer(bytes);
  DerReader numbers = outer.enter(der_sequence);
  const MutableBytes room = arena.make_bytes(2 * curve_bytes);
  const bool fits = outer.is_at_end() && place_number(numbers, room.first(curve_bytes)) &&
                    place_number(numbers, room.subspan(curve_bytes)) && numbers.is_at_end();
  return fits ? std::optional<Bytes>(room) : std::nullopt;
}

}  // namespace

std::optional<Bytes> well_formed_signature(Algorithm algorithm, Bytes bytes, Arena& arena) {
  const bool fits = bytes.size() >= fact_of<&AlgorithmRow::bytes_min>(algorithm) &&
                    bytes.size() <= fact_of<&AlgorithmRow::bytes_max>(algorithm);
  if (!fits || (has_feature(Feature::ed25519) && algorithm == Algorithm::ed25519 &&
                !is_below_order(bytes.subspan(curve_bytes)))) {
    return std::nullopt;
  }
  return has_feature(Feature::public_key) && algorithm == Algorithm::ecdsa_p256_sha256
             ? from_ecdsa_der(bytes, arena)
             : std::optional<Bytes>(bytes);
}

}  // namespace postern::scheme
