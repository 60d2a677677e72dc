#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "postern/http/body_form.h"

namespace postern::http {
namespace {

BodyForm form_of(std::string_view body) { return body_form_of(bytes_of(body), body.size()); }

struct Known {
  std::string_view body;
  BodyForm form;
};

constexpr std::string_view boundary_of_70 =
    "--0123456789012345678901234567890123456789012345678901234567890123456789\r\n";
constexpr std::string_view boundary_of_71 =
    "--01234567890123456789012345678901234567890123456789012345678901234567890\r\n";

/// JSON white space is RFC 8259, section 2; boundaries are RFC 2046, section 5.1.1; the base64url
/// text is the example of RFC 7519, section 3.1; the query is Shopify's example of an OAuth
/// redirect.
const std::vector<Known> known = {
    {"", BodyForm::empty},
    {"{}", BodyForm::json},
    {" \t\r\n[1]", BodyForm::json},
    {"{ and no document", BodyForm::json},
    {"<a/>", BodyForm::xml},
    {"\xEF\xBB\xBF\n<?xml version=\"1.0\"?><a/>", BodyForm::xml},
    {"\xEF\xBB\xBF{}", BodyForm::text},
    {"--a\r\n", BodyForm::multipart},
    {"--gc0pJq0M:08jU534c0p \t\r\nContent-Type: x\r\n", BodyForm::multipart},
    {boundary_of_70, BodyForm::multipart},
    {boundary_of_71, BodyForm::text},
    {"--\r\n", BodyForm::text},
    {"-- \r\n", BodyForm::text},
    {"--a\n", BodyForm::text},
    {"--a=b", BodyForm::form},
    {"a=", BodyForm::form},
    {"a%5B%5D=1&b", BodyForm::form},
    {"a[b]=c", BodyForm::form},
    {"=a", BodyForm::text},
    {"a&b=c", BodyForm::text},
    {"a b=c", BodyForm::text},
    {"\"a=b\"", BodyForm::text},
    {"12345", BodyForm::text},
    {"true", BodyForm::text},
    {" ", BodyForm::text},
    {"Grüezi", BodyForm::text},
    {"eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9."
     "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0d"
     "HA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ",
     BodyForm::text},
    {"code=0907a61c0c8d55e99db179b68161bc00&shop=some-shop.myshopify.com&timestamp=1337178173",
     BodyForm::form},
    {std::string_view("a\0b", 3), BodyForm::other},
    {"\x7F", BodyForm::other},
    {"\x1F\x8B\x08", BodyForm::other},
};

TEST(BodyForm, IsToldFromTheBeginningOfABody) {
  for (const Known& one : known) {
    EXPECT_EQ(form_of(one.body), one.form) << one.body;
  }
}

TEST(BodyForm, IsTheSameWhetherAllOfABodyIsHereOrItsBeginning) {
  for (const Known& one : known) {
    if (one.body.empty()) {
      continue;
    }
    for (const std::string_view filler : {"x", " ", "=", "\r\n", "\xC3\xA9"}) {
      std::string body(one.body);
      while (body.size() < 4 * body_head_bytes_max) {
        body += filler;
      }
      const BodyForm whole = form_of(body);
      for (std::size_t bytes = 0; bytes < body.size(); ++bytes) {
        const BodyForm told = body_form_of(bytes_of(body).first(bytes), body.size());
        EXPECT_TRUE(told == BodyForm::unknown || told == whole) << body << " by " << bytes;
        EXPECT_TRUE(bytes >= body_head_bytes_max || told == BodyForm::unknown);
      }
    }
  }
}

TEST(BodyForm, IsUnknownWhereTheBeginningIsNotEnough) {
  const std::string blanks(body_head_bytes_max, ' ');
  const std::string letters(body_head_bytes_max, 'a');
  EXPECT_EQ(body_form_of(bytes_of(blanks), 1000), BodyForm::unknown);
  EXPECT_EQ(body_form_of(bytes_of(letters), 1000), BodyForm::unknown);
  EXPECT_EQ(form_of(blanks + "{"), BodyForm::json);
  EXPECT_EQ(form_of(blanks + "<"), BodyForm::xml);
  EXPECT_EQ(form_of(letters + "=1"), BodyForm::form);
  EXPECT_EQ(form_of(letters), BodyForm::text);
}

/// All bodies of up to three bytes from those that forms begin with.
TEST(BodyForm, BeginsAsItMay) {
  constexpr std::string_view bytes("\0\t\n\r !\"&-<=[a{~\x7F\x80\xBB\xBF\xEF\xFF", 22);
  const auto check = [](const std::string& body) {
    const BodyForm form = form_of(body);
    EXPECT_TRUE(may_begin_with(set_of(form), static_cast<std::uint8_t>(body[0]))) << body;
    EXPECT_TRUE(has(any_body_form, form));
  };
  for (const char a : bytes) {
    check({a});
    for (const char b : bytes) {
      check({a, b});
      for (const char c : bytes) {
        check({a, b, c});
      }
    }
  }
  for (unsigned byte = 0; byte < 256; ++byte) {
    const auto digit_or_letter = (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z');
    EXPECT_FALSE(digit_or_letter &&
                 may_begin_with(set_of(BodyForm::json), static_cast<std::uint8_t>(byte)));
    EXPECT_FALSE(may_begin_with(set_of(BodyForm::empty), static_cast<std::uint8_t>(byte)));
  }
}

}  // namespace
}  // namespace postern::http
