#include <gtest/gtest.h>

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "json_support.h"
#include "postern/json/extract.h"

// Cases C05 to C11 and E01 to E11 are rows of the project's attack catalogue; the pointer rules are
// those of RFC 6901, the grammar that of RFC 8259.

namespace postern::json_tests {
namespace {

using json::Type;

std::string repeated(std::string_view text, std::size_t count) {
  std::string all;
  all.reserve(text.size() * count);
  for (std::size_t i = 0; i < count; ++i) {
    all += text;
  }
  return all;
}

std::string nested(std::size_t depth) { return repeated("[", depth) + repeated("]", depth); }

Found found_at(std::string_view text, const Tokens& path) {
  const Extraction extraction = extract(text, {path});
  EXPECT_EQ(verdict_of(extraction), "accepted") << text;
  return extraction.has_value() ? extraction->front() : Found{};
}

std::string_view verdict_at(std::string_view text, const Tokens& path) {
  return verdict_of(extract(text, {path}));
}

TEST(JsonExtract, GivesEveryTypeAsWritten) {
  constexpr std::string_view text =
      R"( {"s":"a\nb","n":-1.50E+3,"t":true,"f":false,"z":null,"o":{ "x" : [1] },"a":[ ]} )";
  EXPECT_EQ(found_at(text, {"s"}), (Found{Type::string, R"(a\nb)"}));
  EXPECT_EQ(found_at(text, {"n"}), (Found{Type::number, "-1.50E+3"}));
  EXPECT_EQ(found_at(text, {"t"}), (Found{Type::boolean, "true"}));
  EXPECT_EQ(found_at(text, {"f"}), (Found{Type::boolean, "false"}));
  EXPECT_EQ(found_at(text, {"z"}), (Found{Type::null, "null"}));
  EXPECT_EQ(found_at(text, {"o"}), (Found{Type::object, R"({ "x" : [1] })"}));
  EXPECT_EQ(found_at(text, {"a"}), (Found{Type::array, "[ ]"}));
  EXPECT_EQ(found_at(text, {"x"}), Found{});
}

TEST(JsonExtract, GivesTheWholeValueToAPointerWithoutTokens) {
  EXPECT_EQ(found_at(" [1, 2] ", {}), (Found{Type::array, "[1, 2]"}));
  EXPECT_EQ(found_at("\"x\"", {}), (Found{Type::string, "x"}));
  EXPECT_EQ(found_at(" 0 ", {}), (Found{Type::number, "0"}));
}

// RFC 6901 section 5, but for the pointers with an array's `-`.
TEST(JsonExtract, FollowsTheExamplesOfTheStandard) {
  constexpr std::string_view text =
      R"({"foo": ["bar", "baz"], "": 0, "a/b": 1, "c%d": 2, "e^f": 3, "g|h": 4, "i\\j": 5,
          "k\"l": 6, " ": 7, "m~n": 8})";
  EXPECT_EQ(found_at(text, {}).raw, text);
  EXPECT_EQ(found_at(text, {"foo"}).raw, R"(["bar", "baz"])");
  EXPECT_EQ(found_at(text, {"foo", "0"}).raw, "bar");
  const std::vector<std::string_view> names = {"",     "a/b",  "c%d", "e^f", "g|h",
                                               "i\\j", "k\"l", " ",   "m~n"};
  for (std::size_t i = 0; i < names.size(); ++i) {
    EXPECT_EQ(found_at(text, {names[i]}).raw, std::to_string(i)) << names[i];
  }
}

TEST(JsonExtract, FindsSixteenFieldsInOnePass) {
  std::string text = "{";
  std::vector<std::string> names;
  for (int i = 0; i < 16; ++i) {
    names.push_back("field" + std::to_string(i));
    text += "\"" + names.back() + "\":{\"v\":[0," + std::to_string(i) + "]},";
  }
  text += "\"end\":0}";
  std::vector<Tokens> paths;
  for (const std::string& name : names) {
    paths.push_back({name, "v", "1"});
  }
  const Extraction extraction = extract(text, paths);
  ASSERT_EQ(verdict_of(extraction), "accepted");
  for (std::size_t i = 0; i < names.size(); ++i) {
    EXPECT_EQ(extraction->at(i), (Found{Type::number, std::to_string(i)}));
  }
}

TEST(JsonExtract, LetsPointersShareAPathOrEndOnIt) {
  const Extraction extraction = extract(
      R"({"b":0,"a":{"b":[[5,6],{"c":7}]},"c":1})",
      {{"a"}, {"a", "b"}, {"a", "b", "1", "c"}, {"a", "b", "0", "1"}, {"a"}, {}, {"a", "c"}});
  ASSERT_EQ(verdict_of(extraction), "accepted");
  const std::vector<Found> expected = {{Type::object, R"({"b":[[5,6],{"c":7}]})"},
                                       {Type::array, R"([[5,6],{"c":7}])"},
                                       {Type::number, "7"},
                                       {Type::number, "6"},
                                       {Type::object, R"({"b":[[5,6],{"c":7}]})"},
                                       {Type::object, R"({"b":0,"a":{"b":[[5,6],{"c":7}]},"c":1})"},
                                       {Type::absent, ""}};
  EXPECT_EQ(*extraction, expected);
}

TEST(JsonExtract, EntersAnArrayByACanonicalIndexOnly) {  // C11
  constexpr std::string_view text = R"([{"id":"x"},[10,[20,21]],"last"])";
  EXPECT_EQ(found_at(text, {"0", "id"}).raw, "x");
  EXPECT_EQ(found_at(text, {"1", "1", "0"}).raw, "20");
  EXPECT_EQ(found_at(text, {"2"}).raw, "last");
  for (const Tokens& path : std::vector<Tokens>{{"id"},
                                                {"00", "id"},
                                                {"+0"},
                                                {"-"},
                                                {"3"},
                                                {""},
                                                {"0", "id", "0"},
                                                {"18446744073709551616"}}) {
    EXPECT_EQ(found_at(text, path), Found{});
  }
  EXPECT_EQ(found_at(R"({"0":"a member"})", {"0"}).raw, "a member");
}

TEST(JsonExtract, CountsTheElementsOfEachArrayByThemselves) {
  constexpr std::string_view text = "[[1,2,3],0,[4,5,[6,7,[8,9,10]]],[11]]";
  const Extraction extraction =
      extract(text, {{"0", "2"}, {"2", "2", "2", "2"}, {"2", "0"}, {"0", "0"}, {"1", "1"}});
  ASSERT_EQ(verdict_of(extraction), "accepted");
  const std::vector<Found> expected = {{Type::number, "3"},
                                       {Type::number, "10"},
                                       {Type::number, "4"},
                                       {Type::number, "1"},
                                       {Type::absent, ""}};
  EXPECT_EQ(*extraction, expected);
}

TEST(JsonExtract, FindsANameAtItsOwnDepthOnly) {  // C11, E15
  EXPECT_EQ(found_at(R"({"data":{"id":1},"list":[{"id":2}],"ID":3,"Id":4})", {"id"}), Found{});
  EXPECT_EQ(found_at(R"({"x":{"data":{"id":1}}})", {"data", "id"}), Found{});
  EXPECT_EQ(found_at(R"({"data":[{"id":1}]})", {"data", "id"}), Found{});
  EXPECT_EQ(found_at(R"({"data":"id"})", {"data", "id"}), Found{});
  EXPECT_EQ(found_at(R"({"__proto__":{"id":1},"constructor":2})", {"id"}), Found{});  // E07
  EXPECT_EQ(found_at(R"({"__proto__":{"id":1}})", {"__proto__", "id"}).raw, "1");
  EXPECT_EQ(found_at("\"text\"", {"id"}), Found{});  // E08
  EXPECT_EQ(found_at("[1]", {"id"}), Found{});
}

TEST(JsonExtract, ComparesNamesAfterUnescaping) {  // C06
  EXPECT_EQ(found_at(R"({"\u0069\u0064":"x"})", {"id"}).raw, "x");
  EXPECT_EQ(found_at(R"({"caf\u00e9":"x"})", {"caf\xc3\xa9"}).raw, "x");
  EXPECT_EQ(found_at(R"({"\ud83d\ude00":"x"})", {"\xf0\x9f\x98\x80"}).raw, "x");
  EXPECT_EQ(found_at(R"({"id\u0000":"x"})", {"id"}), Found{});
  EXPECT_EQ(found_at(R"({"id\u0000":"x"})", {std::string_view("id\0", 3)}).raw, "x");
}

TEST(JsonExtract, RefusesASecondMemberOfTheSameMeaningOnThePath) {  // C09, C10
  EXPECT_EQ(verdict_at(R"({"id":1,"id":2})", {"id"}), "duplicate_key");
  EXPECT_EQ(verdict_at(R"({"id":1,"\u0069d":2})", {"id"}), "duplicate_key");
  EXPECT_EQ(verdict_at(R"({"i\u0064":1,"id":1})", {"id"}), "duplicate_key");
  EXPECT_EQ(verdict_at(R"({"a":{"id":1},"a":{}})", {"a", "id"}), "duplicate_key");
  EXPECT_EQ(verdict_at(R"({"a":0,"a":{"id":1}})", {"a", "id"}), "duplicate_key");
  EXPECT_EQ(verdict_at(R"({"a":{"id":1,"x":{},"id":1}})", {"a", "id"}), "duplicate_key");
  EXPECT_EQ(verdict_at(R"([{"id":1,"id":2}])", {"0", "id"}), "duplicate_key");
}

TEST(JsonExtract, AcceptsASecondMemberOffThePath) {  // E11
  EXPECT_EQ(found_at(R"({"x":1,"x":2,"id":3})", {"id"}).raw, "3");
  EXPECT_EQ(found_at(R"({"a":{"id":1,"id":2},"id":3})", {"id"}).raw, "3");
  EXPECT_EQ(found_at(R"([{"id":1,"id":2},{"id":3}])", {"1", "id"}).raw, "3");
  EXPECT_EQ(found_at(R"({"a":{"x":1,"x":2}})", {"a"}).raw, R"({"x":1,"x":2})");
}

TEST(JsonExtract, JudgesSurrogatesWhereTheTextMatters) {
  EXPECT_EQ(verdict_at(R"({"id":"\ud800"})", {"id"}), "invalid_utf8");  // C08
  EXPECT_EQ(verdict_at(R"("\ud800")", {}), "invalid_utf8");
  EXPECT_EQ(verdict_at(R"({"\udc00":0,"id":1})", {"id"}), "invalid_utf8");
  EXPECT_EQ(verdict_at(R"({"x":"\ud800","y":{"\ud800":"\udfff"},"id":1})", {"id"}), "accepted");
  EXPECT_EQ(verdict_at(R"({"id":"\ud800"})", {"id", "x"}), "accepted");
}

TEST(JsonExtract, KeepsNumbersOfAnySizeAsTheyAre) {  // E02
  const std::string digits(100'000, '7');
  EXPECT_EQ(found_at("[1e400]", {"0"}).raw, "1e400");
  EXPECT_EQ(found_at("[" + digits + "]", {"0"}).raw, digits);
  EXPECT_EQ(found_at("[-0,9007199254740993]", {"1"}).raw, "9007199254740993");
}

TEST(JsonExtract, NestsToTheLimitAndNoFurther) {  // E01
  EXPECT_EQ(verdict_at(nested(64), {}), "accepted");
  for (const std::size_t depth : {65U, 500U, 100'000U}) {
    EXPECT_EQ(verdict_at(nested(depth), {}), "too_deep") << depth;
    EXPECT_EQ(verdict_at(nested(depth), {"x"}), "too_deep") << depth;
  }
  EXPECT_EQ(verdict_at(repeated("{\"a\":", 64) + "1" + repeated("}", 64), {}), "accepted");
  EXPECT_EQ(verdict_at(repeated("{\"a\":", 65) + "1" + repeated("}", 65), {}), "too_deep");
  EXPECT_EQ(verdict_at("[" + repeated(nested(63) + ",", 9) + "0]", {}), "accepted");
}

TEST(JsonExtract, FollowsAPointerToTheDeepestLevel) {
  const std::string text = repeated("{\"a\":", 64) + "1" + repeated("}", 64);
  EXPECT_EQ(found_at(text, Tokens(64, "a")).raw, "1");
  EXPECT_EQ(found_at(text, Tokens(63, "a")).raw, "{\"a\":1}");
  EXPECT_EQ(found_at(text, Tokens(65, "a")), Found{});
  EXPECT_EQ(found_at(text, Tokens(200, "a")), Found{});
}

TEST(JsonExtract, NamesTheFirstFaultInTheText) {
  EXPECT_EQ(verdict_at("", {}), "malformed");
  EXPECT_EQ(verdict_at(" \n", {}), "malformed");
  EXPECT_EQ(verdict_at("{} x", {}), "trailing_bytes");
  EXPECT_EQ(verdict_at("{}{}", {}), "trailing_bytes");
  EXPECT_EQ(verdict_at(std::string_view("1\0", 2), {}), "trailing_bytes");
  EXPECT_EQ(verdict_at("\xef\xbb\xbf{}", {}), "malformed");  // D03
  EXPECT_EQ(verdict_at("[\"\xff\",}", {}), "invalid_utf8");
  EXPECT_EQ(verdict_at("[\xff]", {}), "malformed");
  EXPECT_EQ(verdict_at(R"({"a":1,"a":2)", {"a"}), "duplicate_key");
  EXPECT_EQ(verdict_at("[1}", {}), "malformed");
  EXPECT_EQ(verdict_at("{\"a\":1]", {}), "malformed");
}

TEST(JsonExtract, RefusesWhatLenientParsersAccept) {  // E06
  for (const std::string_view text :
       {"[1,]",        "{\"a\":1,}", "[,1]",        "[1 2]",        "{a:1}",       "{'a':1}",
        "['a']",       "[NaN]",      "[Infinity]",  "[-Infinity]",  "[0x1]",       "[01]",
        "[-01]",       "[1.]",       "[.5]",        "[1e]",         "[1e+]",       "[-]",
        "[+1]",        "[tru]",      "[True]",      "[nul]",        "[undefined]", "/*x*/[]",
        "[]//x",       "[\"\t\"]",   "[\"\\x41\"]", "[\"\\u004\"]", "{\"a\"}",     "{\"a\":}",
        "{\"a\" 1}",   "{1:1}",      "{,}",         "[\v1]",        "[\f]",        "[\xc2\xa0]",
        "[\"\x7f\\\"]"}) {
    EXPECT_NE(verdict_at(text, {}), "accepted") << text;
    EXPECT_NE(verdict_at(text, {"a"}), "accepted") << text;
  }
}

// The blocks of 16 bytes must see the same as the loop for the last bytes of a text.
TEST(JsonExtract, JudgesEveryByteValueAtEveryPlaceOfAString) {
  for (std::size_t before = 0; before < 34; ++before) {
    for (int value = 0; value < 256; ++value) {
      const std::string body(before, 'x');
      const char byte = static_cast<char>(value);
      const std::string text = "\"" + body + byte + "yyyyyyyyyyyyyyyyyyyy\"";
      const bool is_plain = value >= 0x20 && value < 0x80 && byte != '"' && byte != '\\';
      const std::string_view expected = is_plain        ? "accepted"
                                        : value >= 0x80 ? "invalid_utf8"
                                        : byte == '"'   ? "trailing_bytes"
                                                        : "malformed";
      EXPECT_EQ(verdict_at(text, {}), expected) << before << " " << value;
    }
  }
}

TEST(JsonExtract, JudgesEscapesAtEveryPlaceOfAString) {
  constexpr std::string_view letters = "\"\\/bfnrtu";
  for (std::size_t before = 0; before < 34; ++before) {
    for (int value = 0; value < 256; ++value) {
      const char byte = static_cast<char>(value);
      const std::string text = "\"" + std::string(before, 'x') + "\\" + byte + "0041\"";
      EXPECT_EQ(verdict_at(text, {}), letters.find(byte) != letters.npos ? "accepted" : "malformed")
          << before << " " << value;
    }
    EXPECT_EQ(verdict_at("\"" + std::string(before, 'x') + "\\", {}), "malformed");  // Cut off.
    const std::string quotes = "\"" + std::string(before, 'x') + repeated("\\\\", 20);
    EXPECT_EQ(verdict_at(quotes + "\"", {}), "accepted");
    EXPECT_EQ(verdict_at(quotes + "\\\"", {}), "malformed");
  }
}

TEST(JsonExtract, RefusesEveryProperPrefixOfADocument) {  // E09
  for (const std::string_view text :
       {R"({"id":"evt_1","data":{"object":{"amount":-12.5e+3,"list":[true,false,null,"\u00e9"]}}})",
        "[[\"\xe6\x97\xa5\xe6\x9c\xac\xf0\x9f\x98\x80\", {\"a\\\\\": [ ], \"b\":\t{}}], 1]",
        "{\n  \"type\": \"invoice.paid\",\n                      \"x\": [\n    1,\n    2\n  "
        "]\n}"}) {
    EXPECT_EQ(verdict_at(text, {"id"}), "accepted");
    for (std::size_t size = 0; size < text.size(); ++size) {
      EXPECT_NE(verdict_at(text.substr(0, size), {"id"}), "accepted") << size;
      EXPECT_NE(verdict_at(text.substr(0, size), {}), "accepted") << size;
    }
  }
}

TEST(JsonExtract, ReadsAMebibyteOfOneThingInLinearTime) {  // E10
  constexpr std::size_t mebibyte = 1 << 20;
  const std::vector<Tokens> paths(16, Tokens{"a", "a", "a"});
  EXPECT_EQ(verdict_of(extract(std::string(mebibyte, '['), paths)), "too_deep");
  EXPECT_EQ(verdict_of(extract(std::string(mebibyte, ' '), paths)), "malformed");
  EXPECT_EQ(verdict_of(extract(repeated("\"\\\\", mebibyte / 3), paths)), "trailing_bytes");
  EXPECT_EQ(verdict_of(extract(repeated("{\"a\":", mebibyte / 5), paths)), "too_deep");
  EXPECT_EQ(verdict_of(extract("\"" + repeated("\\\\", mebibyte / 2) + "\"", paths)), "accepted");
  EXPECT_EQ(verdict_of(extract("[" + repeated("{},", mebibyte / 3) + "0]", paths)), "accepted");
  EXPECT_EQ(verdict_of(extract("{" + repeated("\"b\":0,", mebibyte / 6) + "\"a\":0}", paths)),
            "accepted");
  EXPECT_EQ(verdict_of(extract(std::string(mebibyte, '1'), paths)), "accepted");
}

TEST(JsonExtractDeathTest, TrapsOnMorePointersThanOneWordHolds) {
  EXPECT_DEATH((void)extract("{}", std::vector<Tokens>(17)), "");
}

}  // namespace
}  // namespace postern::json_tests
