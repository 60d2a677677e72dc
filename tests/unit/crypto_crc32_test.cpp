#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "postern/crypto/crc32.h"

namespace postern::crypto {
namespace {

std::string every_byte() {
  std::string text;
  for (int code = 0; code < 256; ++code) {
    text.push_back(static_cast<char>(code));
  }
  return text;
}

// Source: the check value of CRC-32/ISO-HDLC in the catalogue of parametrised CRC algorithms
// (https://reveng.sourceforge.io/crc-catalogue/all.htm); the others by zlib 1.2.13.
TEST(Crc32, GivesThePublishedCheckValueAndThoseOfZlib) {
  const std::vector<std::pair<std::string, std::uint32_t>> values = {
      {"123456789", 0xCBF43926},
      {"", 0x00000000},
      {"a", 0xE8B7BE43},
      {"abc", 0x352441C2},
      {every_byte(), 0x29058C73},
      {std::string(1'000'000, 'a'), 0xDC25BFBC},
      {std::string(32, '\0'), 0x190A55AD},
      {std::string(32, '\xff'), 0xFF6CAB0B},
  };
  for (const auto& [text, value] : values) {
    const std::vector<char> exact(text.begin(), text.end());
    EXPECT_EQ(crc32(bytes_of({exact.data(), exact.size()})), value);
  }
}

TEST(Crc32, TakesEverySliceSizeAsTheWhole) {
  const std::string text = every_byte();
  for (std::size_t slice = 1; slice <= text.size(); ++slice) {
    Crc32 crc;
    for (std::size_t at = 0; at < text.size(); at += slice) {
      crc.update(bytes_of(std::string_view(text).substr(at, slice)));
    }
    EXPECT_EQ(crc.value(), 0x29058C73U) << slice;
    EXPECT_EQ(crc.value(), 0x29058C73U) << "Asking does not change it.";
  }
}

}  // namespace
}  // namespace postern::crypto
