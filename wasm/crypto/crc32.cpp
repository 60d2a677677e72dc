#include "crypto/crc32.h"

#include <array>

namespace postern::crypto {
namespace {

/// The polynomial of IEEE 802.3 with its bits in reversed order.
constexpr std::uint32_t polynomial = 0xEDB8'8320;

/// One step for each value of a byte: 1 KiB of the module, for eight bits at a time.
consteval std::array<std::uint32_t, 256> make_steps() {
  std::array<std::uint32_t, 256> steps{};
  for (std::uint32_t byte = 0; byte < steps.size(); ++byte) {
    std::uint32_t remainder = byte;
    for (int bit = 0; bit < 8; ++bit) {
      remainder = remainder >> 1 ^ (remainder % 2 == 0 ? 0 : polynomial);
    }
    steps[byte] = remainder;
  }
  return steps;
}

constexpr std::array<std::uint32_t, 256> steps = make_steps();

}  // namespace

void Crc32::update(Bytes input) {
  for (const std::byte byte : input) {
    const std::uint32_t index = (remainder_ ^ std::to_integer<std::uint32_t>(byte)) & 0xFF;
    remainder_ = remainder_ >> 8 ^ steps[index];
  }
}

std::uint32_t crc32(Bytes input) {
  Crc32 crc;
  crc.update(input);
  return crc.value();
}

}  // namespace postern::crypto
