#include <gtest/gtest.h>

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "postern/json/text.h"

namespace postern::json {
namespace {

using namespace std::string_view_literals;

std::optional<std::string> unescaped(std::string_view raw) {
  std::array<char, 64> room;
  const auto text = unescape(raw, room);
  return text.has_value() ? std::optional<std::string>(*text) : std::nullopt;
}

// Expected texts are those of RFC 8259 section 7 and RFC 3629.

TEST(JsonText, DecodesEveryShortEscape) {
  EXPECT_EQ(unescaped(R"(\"\\\/\b\f\n\r\t)"), "\"\\/\b\f\n\r\t");
}

TEST(JsonText, DecodesUnitsOfEveryUtf8Length) {
  EXPECT_EQ(unescaped(R"(\u0000)"), std::string("\0", 1));
  EXPECT_EQ(unescaped(R"(a\u0041b)"), "aAb");
  EXPECT_EQ(unescaped(R"(\u007f\u0080\u07FF\u0800\uFFFF)"),
            "\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf");
  EXPECT_EQ(unescaped(R"(\u005C)"), "\\");
}

TEST(JsonText, JoinsSurrogatePairs) {
  EXPECT_EQ(unescaped(R"(\uD834\uDD1E)"), "\xf0\x9d\x84\x9e");  // The G clef of RFC 8259.
  EXPECT_EQ(unescaped(R"(\ud800\udc00)"), "\xf0\x90\x80\x80");
  EXPECT_EQ(unescaped(R"(\udbff\udfff)"), "\xf4\x8f\xbf\xbf");
}

TEST(JsonText, RefusesLoneSurrogates) {
  for (const std::string_view raw :
       {R"(\ud800)"sv, R"(\udfff)"sv, R"(\ud800a)"sv, R"(\ud800\n)"sv, R"(\ud800\ud800)"sv,
        R"(\udc00\ud800)"sv, R"(\udc00\udc00)"sv, R"(\ud800\ue000)"sv, R"(\ud800\udbff)"sv,
        R"(x\ud800\u0041)"sv, R"(\ud834\udd1e\udd1e)"sv}) {
    EXPECT_EQ(unescaped(raw), std::nullopt) << raw;
    EXPECT_FALSE(has_one_meaning(raw)) << raw;
    EXPECT_FALSE(unescapes_to(raw, "")) << raw;
  }
}

TEST(JsonText, RefusesWhatIsNoEscape) {
  for (const std::string_view raw : {R"(\)"sv, R"(\x)"sv, R"(\u)"sv, R"(\u12)"sv, R"(\u12g4)"sv,
                                     R"(\U0041)"sv, R"(\')"sv, R"(\u+041)"sv}) {
    EXPECT_EQ(unescaped(raw), std::nullopt) << raw;
  }
}

TEST(JsonText, RefusesATextThatDoesNotFit) {
  std::array<char, 3> room;
  EXPECT_EQ(unescape(R"(ab\n)", room), "ab\n");
  EXPECT_EQ(unescape(R"(abc\n)", room), std::nullopt);
  EXPECT_EQ(unescape(R"(a\ud834\udd1e)", room), std::nullopt);
}

TEST(JsonText, NeedsNoRoomForATextWithoutEscapes) {
  EXPECT_EQ(unescape("longer than no room at all", {}), "longer than no room at all");
  EXPECT_EQ(unescape("", {}), "");
}

TEST(JsonText, ComparesByMeaningAndByteByByte) {
  EXPECT_TRUE(unescapes_to(R"(\u0069d)", "id"));
  EXPECT_TRUE(unescapes_to("id", "id"));
  EXPECT_TRUE(unescapes_to("", ""));
  EXPECT_TRUE(unescapes_to(R"(\u00e9)", "\xc3\xa9"));
  EXPECT_FALSE(unescapes_to(R"(\u0049d)", "id"));
  EXPECT_FALSE(unescapes_to(R"(\u0069)", "id"));
  EXPECT_FALSE(unescapes_to(R"(\u0069d2)", "id"));
  EXPECT_FALSE(unescapes_to(R"(e\u0301)", "\xc3\xa9"));  // Another normal form is another name.
}

TEST(JsonText, TakesIntegersInTheirOneSpellingOnly) {
  EXPECT_EQ(canonical_integer("0"), 0U);
  EXPECT_EQ(canonical_integer("9007199254740993"), 9007199254740993U);
  EXPECT_EQ(canonical_integer("18446744073709551615"), 18446744073709551615U);
  for (const std::string_view raw :
       {""sv, "00"sv, "01"sv, "-0"sv, "-1"sv, "+1"sv, "1.0"sv, "1e0"sv, "1E3"sv, "0x1"sv, " 1"sv,
        "1 "sv, "18446744073709551616"sv, "99999999999999999999"sv, "184467440737095516150"sv}) {
    EXPECT_EQ(canonical_integer(raw), std::nullopt) << raw;
  }
}

}  // namespace
}  // namespace postern::json
