#include <gtest/gtest.h>

#include <vector>

#include "postern/crypto/constant_time.h"

namespace postern::crypto {
namespace {

TEST(EqualConstantTime, SeesEachSingleBitThatDiffers) {
  for (std::size_t length = 1; length <= 64; ++length) {
    const std::vector<std::byte> left(length, std::byte{0x5a});
    EXPECT_TRUE(equal_constant_time(left, std::vector<std::byte>(left)));
    for (std::size_t bit = 0; bit < length * 8; ++bit) {
      std::vector<std::byte> right = left;
      right[bit / 8] ^= std::byte{1} << (bit % 8);
      EXPECT_FALSE(equal_constant_time(left, right)) << length << " " << bit;
    }
  }
}

TEST(EqualConstantTime, DoesNotLetTwoDifferencesCancelEachOther) {
  const std::vector<std::byte> zeros(32);
  const std::vector<std::byte> ones(32, std::byte{0xff});
  EXPECT_FALSE(equal_constant_time(zeros, ones));
  std::vector<std::byte> two = zeros;
  two[0] = std::byte{0x80};
  two[1] = std::byte{0x80};
  EXPECT_FALSE(equal_constant_time(zeros, two));
}

TEST(EqualConstantTime, TakesAnotherLengthForAnotherValue) {
  const std::vector<std::byte> whole(32);
  for (std::size_t length = 0; length <= 64; ++length) {
    const std::vector<std::byte> other(length);
    EXPECT_EQ(equal_constant_time(whole, other), length == 32) << length;
    EXPECT_EQ(equal_constant_time(other, whole), length == 32) << length;
  }
  EXPECT_TRUE(equal_constant_time({}, {}));
}

}  // namespace
}  // namespace postern::crypto
