#include "postern/crypto/crc32.h"

#include <array>

#include "postern/base/work.h"

namespace postern::crypto {
namespace {

/// The polynomial of IEEE 802.3 with its bits in reversed order.
constexpr std::uint32_t polynomial = 0xEDB8'8320;

/// One step for each value of four bits. A table for whole bytes would be 1 KiB of random numbers
/// in the module, for the one scheme that signs a checksum.
consteval std::array<std::uint32_t, 16> make_steps() {
  std::array<std::uint32_t, 16> steps{};
  for (std::uint32_t half = 0; half < steps.size(); ++half) {
    std::uint32_t remainder = half;
    for (int bit = 0; bit < 4; ++bit) {
      remainder = remainder >> 1 ^ (remainder % 2 == 0 ? 0 : polynomial);
    }
    steps[half] = remainder;
  }
  return steps;
}

constexpr std::array<std::uint32_t, 16> steps = make_steps();

}  // namespace

void Crc32::update(Bytes input) {
  POSTERN_WORK(input.size());
  for (const std::byte byte : input) {
    remainder_ ^= std::to_integer<std::uint32_t>(byte);
    remainder_ = remainder_ >> 4 ^ steps[remainder_ & 15];
    remainder_ = remainder_ >> 4 ^ steps[remainder_ & 15];
  }
}

std::uint32_t crc32(Bytes input) {
  Crc32 crc;
  crc.update(input);
  return crc.value();
}

}  // namespace postern::crypto
