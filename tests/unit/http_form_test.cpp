#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "postern/http/form.h"
#include "postern/http/percent.h"

// The rules are those of the WHATWG URL Standard, section 5; cases E12 to E14 are rows of the
// project's attack catalogue; the signatures are those that Twilio's own test suites publish.

namespace postern::http {
namespace {

using namespace std::string_view_literals;

using Fields = std::vector<std::pair<std::string, std::string>>;

/// Room for one form of a test, and a copy of its text without a byte to spare.
class FormReading {
 public:
  explicit FormReading(std::string_view body)
      : body_(new char[body.size()]),
        storage_(new std::byte[room]),
        arena_({storage_.get(), room}) {
    body.copy(body_.get(), body.size());
    result = parse_form({body_.get(), body.size()}, arena_);
  }

  [[nodiscard]] Arena& arena() { return arena_; }

  Result<std::span<FormField>, FormFault> result;

 private:
  static constexpr std::size_t room = 1 << 17;
  std::unique_ptr<char[]> body_;
  std::unique_ptr<std::byte[]> storage_;
  Arena arena_;
};

Fields copied(std::span<const FormField> fields) {
  Fields copy;
  for (const FormField& field : fields) {
    copy.emplace_back(field.name, field.value);
  }
  return copy;
}

std::optional<Fields> parsed(std::string_view body) {
  const FormReading form(body);
  return form.result.has_value() ? std::optional(copied(*form.result)) : std::nullopt;
}

std::optional<std::string> decoded(std::string_view component) {
  const std::unique_ptr<char[]> exact(new char[component.size()]);
  component.copy(exact.get(), component.size());
  std::vector<char> room(component.size());
  const auto text = decode_form_component({exact.get(), component.size()}, room);
  return text.has_value() ? std::optional<std::string>(*text) : std::nullopt;
}

TEST(HttpPercent, DecodesBlanksAndHexDigitsOfEitherCase) {  // E13
  EXPECT_EQ(decoded("a+b%20c"), "a b c");
  EXPECT_EQ(decoded("%2B%2b"), "++");
  EXPECT_EQ(decoded("%41%7e%25"), "A~%");
  EXPECT_EQ(decoded("%C3%A9%e6%97%a5"), "\xc3\xa9\xe6\x97\xa5");
  EXPECT_EQ(decoded(""), "");
  EXPECT_EQ(decoded("%253D"), "%3D");  // Decoded once.
  EXPECT_EQ(decoded("\xc3\xa9;=&"), "\xc3\xa9;=&");
}

TEST(HttpPercent, RefusesAPercentWithoutTwoHexDigits) {  // E13
  for (const std::string_view component :
       {"%"sv, "%4"sv, "%zz"sv, "%4z"sv, "%z4"sv, "a%"sv, "%%41"sv, "% 41"sv, "%+1"sv, "%u0041"sv,
        "%4\0"sv, "%\xc3\xa9"sv, "%@1"sv, "%`1"sv, "%G0"sv, "%/0"sv, "%:0"sv}) {
    EXPECT_EQ(decoded(component), std::nullopt) << component;
  }
}

TEST(HttpPercent, RefusesNulAndWhatIsNotUtf8) {  // E13
  for (const std::string_view component :
       {"%00"sv, "a%00b"sv, "a\0b"sv, "%c0%af"sv, "%C0%80"sv, "%ff"sv, "\xff"sv, "%ed%a0%80"sv,
        "%e9"sv, "%c3+%a9"sv, "%f5%80%80%80"sv, "%80"sv}) {
    EXPECT_EQ(decoded(component), std::nullopt) << component;
  }
}

TEST(HttpPercent, RefusesAResultThatDoesNotFit) {
  std::array<char, 2> room;
  EXPECT_EQ(decode_form_component("%41%42", room), "AB");
  EXPECT_EQ(decode_form_component("ABC", room), std::nullopt);
  EXPECT_EQ(decode_form_component("%41%42%43", room), std::nullopt);
}

TEST(HttpForm, KeepsFieldsInTheOrderOfArrival) {
  EXPECT_EQ(parsed("b=2&a=1&b=1"), (Fields{{"b", "2"}, {"a", "1"}, {"b", "1"}}));
  EXPECT_EQ(parsed("a=1&a=2"), (Fields{{"a", "1"}, {"a", "2"}}));
  EXPECT_EQ(parsed("a="), (Fields{{"a", ""}}));
  EXPECT_EQ(parsed(""), Fields{});
}

TEST(HttpForm, DecodesNamesAndValues) {
  EXPECT_EQ(parsed("a%3Db=c%26d%3De"), (Fields{{"a=b", "c&d=e"}}));
  EXPECT_EQ(parsed("To=%2B18005551212&Body=Hi+there"),
            (Fields{{"To", "+18005551212"}, {"Body", "Hi there"}}));
  EXPECT_EQ(parsed("a=b=c"), (Fields{{"a", "b=c"}}));
}

TEST(HttpForm, SeparatesAtTheAmpersandOnly) {  // E12
  EXPECT_EQ(parsed("a=1;a=2"), (Fields{{"a", "1;a=2"}}));
  EXPECT_EQ(parsed("a=1&amp;b=2"), (Fields{{"a", "1"}, {"amp;b", "2"}}));
}

TEST(HttpForm, RefusesSpellingsThatParsersRepairInTheirOwnWays) {
  for (const std::string_view body :
       {"&"sv, "&&"sv, "a=1&"sv, "&a=1"sv, "a=1&&b=2"sv, "a"sv, "a&b=1"sv, "=1"sv, "a=1&=2"sv,
        "a=%"sv, "%=1"sv, "a=%zz"sv, "a=%00"sv, "a=%c0%af"sv, "a=1&b=%f"sv, "\0=1"sv, "\xff=1"sv}) {
    const FormReading form(body);
    ASSERT_FALSE(form.result.has_value()) << body;
    EXPECT_EQ(form.result.error(), FormFault::malformed) << body;
  }
}

TEST(HttpForm, TakesFieldsToTheLimitAndNoFurther) {
  std::string body = "a=1";
  for (std::size_t i = 1; i < 256; ++i) {
    body += "&a=1";
  }
  EXPECT_EQ(parsed(body)->size(), 256U);
  const FormReading over(body + "&a=1");
  ASSERT_FALSE(over.result.has_value());
  EXPECT_EQ(over.result.error(), FormFault::too_many_fields);
}

TEST(HttpForm, GivesAFieldThatIsThereOnce) {  // E12, E14
  const FormReading form("a=1&b=2&b=2&a[]=3&A=4&payload={}&payload={}");
  ASSERT_TRUE(form.result.has_value());
  EXPECT_EQ(only_field(*form.result, "a"), "1");
  EXPECT_EQ(only_field(*form.result, "a[]"), "3");
  EXPECT_EQ(only_field(*form.result, "b"), std::nullopt);
  EXPECT_EQ(only_field(*form.result, "payload"), std::nullopt);
  EXPECT_EQ(only_field(*form.result, "c"), std::nullopt);
  EXPECT_EQ(count_fields(*form.result, "b"), 2U);
  EXPECT_EQ(count_fields(*form.result, "c"), 0U);
}

TEST(HttpForm, SeesARepeatedFieldUnderAnotherSpelling) {  // E12
  const FormReading form("%61=1&a=2");
  ASSERT_TRUE(form.result.has_value());
  EXPECT_EQ(only_field(*form.result, "a"), std::nullopt);
}

TEST(HttpForm, SortsByNameThenValueAndDropsExactRepetitions) {
  FormReading form("b=1&a=2&ab=0&a=10&a=2&B=x&%C3%A9=y&a=");
  ASSERT_TRUE(form.result.has_value());
  const auto sorted = sort_for_signing(*form.result, form.arena());
  EXPECT_EQ(copied(sorted), (Fields{{"B", "x"},
                                    {"a", ""},
                                    {"a", "10"},
                                    {"a", "2"},
                                    {"ab", "0"},
                                    {"b", "1"},
                                    {"\xc3\xa9", "y"}}));
  EXPECT_EQ(form.result->front().name, "b");
  EXPECT_TRUE(sort_for_signing({}, form.arena()).empty());
}

/// By the standard library, which knows nothing of common prefixes.
TEST(HttpForm, SortsWhateverTheFieldsHaveInCommon) {
  std::mt19937 random(20261129);
  for (int run = 0; run < 2000; ++run) {
    std::set<std::pair<std::string, std::string>> wanted;
    std::string body;
    const auto word = [&random](std::size_t least) {
      return std::string(random() % 3, 'a') + std::string(least + random() % 2, "ab"[random() % 2]);
    };
    for (std::size_t fields = 1 + random() % form_fields_max; fields > 0; --fields) {
      const std::string name = word(1);
      const std::string value = word(0);
      wanted.emplace(name, value);
      body += (body.empty() ? "" : "&") + name + "=" + value;
    }
    FormReading form(body);
    ASSERT_TRUE(form.result.has_value());
    EXPECT_EQ(copied(sort_for_signing(*form.result, form.arena())),
              Fields(wanted.begin(), wanted.end()))
        << body;
  }
}

std::string hmac_sha1_base64(std::string_view key, std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> mac;
  unsigned int size = 0;
  HMAC(EVP_sha1(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), mac.data(), &size);
  std::array<unsigned char, 64> encoded;
  const int length = EVP_EncodeBlock(encoded.data(), mac.data(), static_cast<int>(size));
  return {reinterpret_cast<const char*>(encoded.data()), static_cast<std::size_t>(length)};
}

nlohmann::json published_vectors() {
  const char* chosen = std::getenv("POSTERN_VECTORS");
  std::ifstream stream(chosen == nullptr ? "../shared/vectors/vectors.json" : chosen);
  return nlohmann::json::parse(stream, nullptr, false);
}

TEST(HttpForm, SignsWhatTwilioSigns) {
  constexpr std::array names = {"form-basic"sv, "form-body-go"sv, "array-param"sv,
                                "duplicate-params-sorted-deduped"sv,
                                "prefix-keys-sorted-by-key-only"sv};
  std::size_t checked = 0;
  for (const auto& vector : published_vectors()) {
    const bool is_chosen =
        vector["provider"] == "twilio" &&
        std::ranges::find(names, vector["name"].get<std::string>()) != names.end();
    if (!is_chosen) {
      continue;
    }
    FormReading form(vector["body"].get<std::string>());
    ASSERT_TRUE(form.result.has_value()) << vector["name"];
    std::string text = vector["url"];
    for (const FormField& field : sort_for_signing(*form.result, form.arena())) {
      text += std::string(field.name) + std::string(field.value);
    }
    EXPECT_EQ(hmac_sha1_base64(vector["secret"].get<std::string>(), text),
              vector["headers"]["X-Twilio-Signature"].get<std::string>())
        << vector["name"];
    ++checked;
  }
  EXPECT_EQ(checked, names.size());
}

}  // namespace
}  // namespace postern::http
