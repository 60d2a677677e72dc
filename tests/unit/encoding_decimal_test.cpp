#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

#include "postern/encoding/decimal.h"

namespace postern::encoding {
namespace {

std::optional<std::uint64_t> decoded(const std::string& text) {
  const std::vector<char> exact(text.begin(), text.end());
  return decode_decimal({exact.data(), exact.size()});
}

std::string encoded(std::uint64_t value) {
  std::vector<char> room(decimal_characters_max);
  return std::string(encode_decimal(value, room));
}

TEST(Decimal, ReadsAndWritesWhatTheStandardLibraryPrints) {
  std::vector<std::uint64_t> values = {0, 1, 9, 10, 1700000000, 1700000000123};
  for (std::uint64_t power = 1; power <= 1'000'000'000'000'000'000; power *= 10) {
    values.insert(values.end(), {power - 1, power, power + 1});
  }
  for (const std::uint64_t value : values) {
    EXPECT_EQ(decoded(std::to_string(value)), value);
    EXPECT_EQ(encoded(value), std::to_string(value));
  }
  EXPECT_EQ(encoded(std::numeric_limits<std::uint64_t>::max()), "18446744073709551615");
}

TEST(Decimal, ReadsNineteenDigitsAndRefusesTwenty) {
  EXPECT_EQ(decoded("9999999999999999999"), 9'999'999'999'999'999'999U);
  EXPECT_EQ(decoded("10000000000000000000"), std::nullopt);
  EXPECT_EQ(decoded("18446744073709551615"), std::nullopt);
  EXPECT_EQ(decoded("18446744073709551616"), std::nullopt);
  EXPECT_EQ(decoded(std::string(1000, '1')), std::nullopt);
}

TEST(Decimal, RefusesASecondSpelling) {
  for (const char* text : {"", "+1", "-1", "-0", "01", "00", "007", " 1", "1 ", "1\n", "1.0", "1e3",
                           "1_000", "1,000", "0x10", "1700000000x", "\xd9\xa1"}) {
    EXPECT_EQ(decoded(text), std::nullopt) << text;
  }
}

TEST(Decimal, AcceptsTheTenDigitsAlone) {
  int accepted = 0;
  for (int code = 0; code < 256; ++code) {
    const std::string text = {'1', static_cast<char>(code)};
    const bool is_digit = code >= '0' && code <= '9';
    EXPECT_EQ(decoded(text).has_value(), is_digit) << code;
    accepted += is_digit ? 1 : 0;
  }
  EXPECT_EQ(accepted, 10);
}

TEST(DecimalDeathTest, WritingIntoTooLittleRoomTraps) {
  std::vector<char> room(2);
  EXPECT_EQ(encode_decimal(99, room), "99");
  EXPECT_DEATH(static_cast<void>(encode_decimal(100, room)), "");
}

}  // namespace
}  // namespace postern::encoding
