#include <gtest/gtest.h>

#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "postern/encoding/hex.h"

namespace postern::encoding {
namespace {

/// Decodes from an exactly sized buffer, so that sanitizers see a read of one byte too many.
std::optional<std::string> decoded(const std::string& text, std::size_t room_bytes,
                                   HexCase letters = HexCase::lower) {
  const std::vector<char> exact(text.begin(), text.end());
  std::vector<std::byte> room(room_bytes);
  const auto bytes = decode_hex({exact.data(), exact.size()}, letters, room);
  if (!bytes.has_value()) {
    return std::nullopt;
  }
  return std::string(text_of(*bytes));
}

// Source: RFC 4648 section 10, in lower case.
TEST(Hex, DecodesAndEncodesTheVectorsOfRfc4648) {
  const std::vector<std::pair<std::string, std::string>> vectors = {
      {"", ""},
      {"f", "66"},
      {"fo", "666f"},
      {"foo", "666f6f"},
      {"foob", "666f6f62"},
      {"fooba", "666f6f6261"},
      {"foobar", "666f6f626172"},
  };
  for (const auto& [plain, hex] : vectors) {
    EXPECT_EQ(decoded(hex, plain.size()), plain);
    std::vector<char> room(hex.size());
    EXPECT_EQ(encode_hex(bytes_of(plain), room), hex);
  }
}

TEST(Hex, DecodesEveryPairOfCharactersAsTheStandardLibraryPrintsBytes) {
  std::size_t accepted = 0;
  for (int high = 0; high < 256; ++high) {
    for (int low = 0; low < 256; ++low) {
      const std::string text = {static_cast<char>(high), static_cast<char>(low)};
      const auto bytes = decoded(text, 1);
      if (!bytes.has_value()) {
        continue;
      }
      ++accepted;
      char printed[3];
      std::snprintf(printed, sizeof(printed), "%02x", static_cast<unsigned char>(bytes->front()));
      EXPECT_EQ(text, printed);
    }
  }
  EXPECT_EQ(accepted, 256U) << "One spelling for each value of a byte.";
}

TEST(Hex, RefusesUpperAndMixedCaseAsASecondSpelling) {
  EXPECT_EQ(decoded("AB", 1), std::nullopt);
  EXPECT_EQ(decoded("aB", 1), std::nullopt);
  EXPECT_EQ(decoded("ab", 1), "\xab");
}

TEST(Hex, TakesEitherCaseWhereItIsAskedTo) {
  for (const char* text : {"ab", "AB", "aB", "Ab"}) {
    EXPECT_EQ(decoded(text, 1, HexCase::any), "\xab") << text;
  }
  for (const char* text : {"AG", "@A", "A`", "A", "0X", "AB "}) {
    EXPECT_EQ(decoded(text, 2, HexCase::any), std::nullopt) << text;
  }
}

TEST(Hex, RefusesAWrongDigitAtEveryPlaceOfASignature) {
  const std::string signature(64, 'a');
  for (std::size_t place = 0; place < signature.size(); ++place) {
    for (const char wrong : {'A', 'g', 'G', '/', ':', '`', '@', ' ', '\n', '\0', '\x80', '-'}) {
      std::string text = signature;
      text[place] = wrong;
      EXPECT_EQ(decoded(text, 32), std::nullopt);
    }
  }
}

TEST(Hex, RefusesWhatIsNotSixtyFourDigitsWhenTheCallerAsksForThirtyTwoBytes) {
  for (const std::size_t digits : {1U, 63U, 65U, 66U, 128U}) {
    EXPECT_EQ(decoded(std::string(digits, '0'), 32), std::nullopt) << digits;
  }
  EXPECT_EQ(decoded(std::string(64, '0'), 32)->size(), 32U);
  EXPECT_EQ(decoded("", 32)->size(), 0U) << "Empty text is zero bytes: the caller asks for 32.";
}

TEST(Hex, RefusesPrefixesAndSeparators) {
  for (const char* text : {"0x00", "00:11", " 00", "00 ", "00\n", "+0", "-0"}) {
    EXPECT_EQ(decoded(text, 8), std::nullopt) << text;
  }
}

TEST(HexDeathTest, EncodingIntoTooLittleRoomTraps) {
  std::vector<char> room(3);
  EXPECT_DEATH(static_cast<void>(encode_hex(bytes_of("ab"), room)), "");
}

}  // namespace
}  // namespace postern::encoding
