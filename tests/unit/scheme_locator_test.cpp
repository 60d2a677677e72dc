#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "core_support.h"
#include "postern/scheme/claims.h"
#include "postern/scheme/reading.h"

namespace postern::scheme {
namespace {

using namespace testing_support;

/// What a locator finds in one header value.
class HeaderList : public testing::Test {
 protected:
  Presence read(std::string_view value) {
    const std::array headers = {http::Header{.name = "x-signature", .value = value}};
    const http::Delivery delivery = delivery_with("", headers);
    Reading reading(delivery, room_.arena);
    std::array<std::string_view, candidates_max> values;
    std::size_t found = 0;
    const Presence presence = reading.values_at(locator, values, found);
    found_.assign(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(found));
    return presence;
  }

  Located read_one(std::string_view value) {
    const std::array headers = {http::Header{.name = "x-signature", .value = value}};
    const http::Delivery delivery = delivery_with("", headers);
    Reading reading(delivery, room_.arena);
    return reading.value_at(locator);
  }

  void standard_webhooks() {
    locator.separator = ' ';
    locator.pair = ',';
    locator.item = "v1";
  }

  void stripe(std::string_view item) {
    locator.separator = ',';
    locator.pair = '=';
    locator.item = item;
  }

  Locator locator = at_header("x-signature");
  std::vector<std::string> found_;
  Room room_;
};

TEST_F(HeaderList, TakesTheWholeValueWithoutASeparator) {
  EXPECT_EQ(read("a b;c,d"), Presence::one);
  EXPECT_EQ(found_, std::vector<std::string>{"a b;c,d"});
}

TEST_F(HeaderList, IsAbsentWithoutTheHeader) {
  const http::Delivery delivery = delivery_with("", {});
  Reading reading(delivery, room_.arena);
  EXPECT_EQ(reading.value_at(locator).presence, Presence::absent);
}

TEST_F(HeaderList, CutsThePrefixOffExactlyOnce) {
  locator.prefix = "sha256=";
  EXPECT_EQ(read("sha256=abc"), Presence::one);
  EXPECT_EQ(found_, std::vector<std::string>{"abc"});
  EXPECT_EQ(read("sha256=sha256=abc"), Presence::one);  // What is left is no hex: A15.
  EXPECT_EQ(found_, std::vector<std::string>{"sha256=abc"});
  for (const std::string_view value :
       {"abc", "SHA256=abc", "sha1=abc", "sha512=abc", " sha256=abc", "sha256 =abc", ""}) {
    EXPECT_EQ(read(value), Presence::malformed) << value;
  }
}

TEST_F(HeaderList, TakesTheItemsOfItsKeyAndLeavesOthersAside) {
  stripe("v1");
  EXPECT_EQ(read("t=1,v1=a,v0=b,v1=c"), Presence::one);
  EXPECT_EQ(found_, (std::vector<std::string>{"a", "c"}));
  EXPECT_EQ(read("t=1,v0=b"), Presence::absent);  // A14.
}

TEST_F(HeaderList, RefusesItemsThatAreNoPairs) {
  stripe("v1");
  for (const std::string_view value : {"", ",", "v1", "v1=a,", ",v1=a", "v1=a,,v1=b", "v1=a,b",
                                       "=a", "v1=a,=b", "v1 =a", "v1=a,v 1=b", "v1\t=a"}) {
    EXPECT_EQ(read(value), Presence::malformed) << value;
  }
}

// Attack catalogue A20: the value is cut at the first pair mark, and what is left is decoded as a
// whole.
TEST_F(HeaderList, GivesJunkBehindASecondPairMarkToTheDecoder) {
  standard_webhooks();
  EXPECT_EQ(read("v1,good,junk"), Presence::one);
  EXPECT_EQ(found_, std::vector<std::string>{"good,junk"});
  stripe("v1");
  EXPECT_EQ(read("v1=good=junk"), Presence::one);
  EXPECT_EQ(found_, std::vector<std::string>{"good=junk"});
}

// Attack catalogue G01: Fetch joins two lines of one header by a comma and a space.
TEST_F(HeaderList, RefusesAListHeaderThatCameTwice) {
  stripe("v1");
  EXPECT_EQ(read("t=1,v1=a, t=1,v1=a"), Presence::malformed);
  EXPECT_EQ(read("t=1,v1=a, v1=b"), Presence::malformed);
  EXPECT_EQ(read("v0=x, v1=b"), Presence::malformed);
  EXPECT_EQ(read("v1=a,\tv1=b"), Presence::malformed);
  standard_webhooks();
  EXPECT_EQ(read("v1,a, v1,b"), Presence::malformed);
  EXPECT_EQ(read("v2,a, v1,b"), Presence::malformed);
}

/// What Fetch makes of two headers of one name, once a host has cut off the space around it.
std::string joined(std::string first, std::string second) {
  const auto trim = [](std::string text) {
    const std::size_t from = std::min(text.find_first_not_of(" \t"), text.size());
    return text.substr(from, text.find_last_not_of(" \t") + 1 - from);
  };
  return trim(trim(std::move(first)) + ", " + trim(std::move(second)));
}

// The class of G01: whatever the separator, the pair, the key and the place of the cut, one of two
// headers that is empty included.
TEST_F(HeaderList, RefusesTwoHeadersWhereverAListIsCut) {
  std::mt19937_64 random(1126);
  const auto any_of = [&](std::string_view text) { return text[random() % text.size()]; };
  for (int i = 0; i < 5'000; ++i) {
    locator.separator = any_of(std::string_view(";, |\0", 5));
    locator.pair = random() % 3 == 0 ? '\0' : any_of("=,:");
    locator.item = locator.pair == 0 ? "" : "v1";
    locator.prefix = random() % 2 == 0 ? "" : "p=";
    std::string list;
    for (std::size_t items = 1 + random() % 4; items > 0; --items) {
      constexpr std::array<std::string_view, 5> keys = {"v1", "v1", "v2", "t", ""};
      list += locator.pair == 0 ? "" : std::string(keys[random() % 5]) + locator.pair;
      list += std::string(locator.prefix) + any_of("abc019=+/ ");
      list += locator.separator == 0 || items == 1 ? "" : std::string(1, locator.separator);
    }
    for (std::size_t cut = 0; cut <= list.size(); ++cut) {
      for (const std::size_t left_out : {std::size_t{0}, std::size_t{1}}) {
        const std::string second = list.substr(std::min(cut + left_out, list.size()));
        const std::string value = joined(list.substr(0, cut), second);
        ASSERT_EQ(read(value), Presence::malformed) << value;
        ASSERT_EQ(read_one(value).presence, Presence::malformed) << value;
      }
    }
    ASSERT_EQ(read(joined(list, list)), Presence::malformed) << list;
  }
}

// Attack catalogue A19.
TEST_F(HeaderList, RefusesASeventeenthItem) {
  stripe("v1");
  std::string value = "v1=0";
  for (std::size_t i = 1; i < candidates_max; ++i) {
    value += ",v1=" + std::to_string(i);
  }
  EXPECT_EQ(read(value), Presence::one);
  EXPECT_EQ(found_.size(), candidates_max);
  EXPECT_EQ(read(value + ",v1=x"), Presence::malformed);
  EXPECT_EQ(read(value + ",v0=x"), Presence::one);
}

TEST_F(HeaderList, RefusesMoreTextThanAnySignatureHas) {
  EXPECT_EQ(read(std::string(located_text_bytes_max, 'a')), Presence::one);
  EXPECT_EQ(read(std::string(located_text_bytes_max + 1, 'a')), Presence::malformed);
}

// Attack catalogue B07.
TEST_F(HeaderList, RefusesTwoValuesWhereOneIsDue) {
  stripe("t");
  EXPECT_EQ(read_one("t=1,v1=a").text, "1");
  EXPECT_EQ(read_one("t=1,t=2,v1=a").presence, Presence::malformed);
  EXPECT_EQ(read_one("t=1,t=1,v1=a").presence, Presence::malformed);
  EXPECT_EQ(read_one("v1=a").presence, Presence::absent);
}

TEST_F(HeaderList, IsAlsoOneValueThatIsCutByItself) {
  locator.prefix = "sha256=";
  EXPECT_EQ(read_one("sha256=abc").text, "abc");
  EXPECT_EQ(read_one("abc").presence, Presence::malformed);
  locator.prefix = "";
  locator.pair = ' ';
  locator.item = "Bearer";
  EXPECT_EQ(read_one("Bearer abc").text, "abc");
  EXPECT_EQ(read_one("Basic abc").presence, Presence::absent);
  EXPECT_EQ(read_one("Bearer").presence, Presence::malformed);
}

TEST_F(HeaderList, RefusesBytesThatNoHeaderCarriesUnchanged) {
  for (const std::string_view value : {"a\rb", "a\nb", "a\x7f", "a\xff", "\x01"}) {
    EXPECT_EQ(read(value), Presence::malformed);
  }
  EXPECT_EQ(read({"a\0b", 3}), Presence::malformed);
}

/// One delivery and what a locator finds in it.
Located find(const Locator& locator, std::string_view body, std::string_view query, Room& room) {
  http::Delivery delivery = delivery_with(body, {});
  delivery.query = query;
  Reading reading(delivery, room.arena);
  return reading.value_at(locator);
}

TEST(QueryLocator, TakesTheOnlyParameterOfItsName) {
  Room room;
  Locator locator;
  locator.place = Place::query;
  locator.name = "hash";
  EXPECT_EQ(find(locator, "", "a=1&hash=x%41+y", room).text, "xA y");
  EXPECT_EQ(find(locator, "", "", room).presence, Presence::absent);
  EXPECT_EQ(find(locator, "", "Hash=1&hash&hashx=1&xhash=1", room).presence, Presence::absent);
  for (const std::string_view query :
       {"hash=1&hash=1", "hash=1&a&hash=2", "hash=%", "hash=%zz", "hash=%00", "hash=%c0%af"}) {
    EXPECT_EQ(find(locator, "", query, room).presence, Presence::malformed) << query;
  }
}

TEST(FormLocator, TakesTheOnlyFieldOfItsName) {
  Room room;
  constexpr std::array<std::string_view, 1> type = {"type"};
  Locator locator;
  locator.place = Place::form;
  locator.name = "payload";
  EXPECT_EQ(find(locator, "a=1&payload=%7B%22type%22%3A%22x%22%7D", "", room).text,
            R"({"type":"x"})");
  EXPECT_EQ(find(locator, "payload=1&payload=1", "", room).presence, Presence::malformed);  // E14
  EXPECT_EQ(find(locator, "payload[]=1", "", room).presence, Presence::absent);
  EXPECT_EQ(find(locator, "payload=%zz", "", room).presence, Presence::malformed);
  locator.pointer = {type};
  locator.has_pointer = true;
  EXPECT_EQ(find(locator, "payload=%7B%22type%22%3A%22x%22%7D", "", room).text, "x");
  EXPECT_EQ(find(locator, "payload=%7B%7D", "", room).presence, Presence::absent);
  EXPECT_EQ(find(locator, "payload=%7B", "", room).presence, Presence::malformed);
  EXPECT_EQ(find(locator, "payload=%7B%22type%22%3A1%2C%22type%22%3A2%7D", "", room).presence,
            Presence::malformed);
}

TEST(BodyLocator, ReadsTheFieldAndItsKind) {
  Room room;
  constexpr std::array<std::string_view, 1> id = {"id"};
  const Locator locator = at_body(id);
  EXPECT_EQ(find(locator, R"({"id":"\u0065vt_1"})", "", room).text, "evt_1");  // C06
  EXPECT_EQ(find(locator, R"({"id":7})", "", room).type, json::Type::number);
  EXPECT_EQ(find(locator, R"({"a":{"id":"x"}})", "", room).presence, Presence::absent);  // C11
  EXPECT_EQ(find(locator, R"([{"id":"x"}])", "", room).presence, Presence::absent);
  for (const std::string_view body :
       {"", "x", R"({"id":"a","id":"b"})", R"({"id":"a","\u0069d":"b"})", R"({"id":"a"} x)",
        R"({"id":"a",})", "\xEF\xBB\xBF{\"id\":\"a\"}", R"({"id":"\ud800"})"}) {
    EXPECT_EQ(find(locator, body, "", room).presence, Presence::malformed) << body;
  }
}

TEST(BodyLocator, TakesNoListButOfText) {
  Room room;
  constexpr std::array<std::string_view, 1> signature = {"signature"};
  const auto presence = [&](std::string_view body) {
    const http::Delivery delivery = delivery_with(body, {});
    Reading reading(delivery, room.arena);
    std::array<std::string_view, candidates_max> values;
    std::size_t found = 0;
    return reading.values_at(at_body(signature), values, found);
  };
  EXPECT_EQ(presence(R"({"signature":"00"})"), Presence::one);
  EXPECT_EQ(presence("{}"), Presence::absent);
  for (const std::string_view value : {"0", "null", "true", R"(["00"])", R"({"a":"00"})"}) {
    EXPECT_EQ(presence(R"({"signature":)" + std::string(value) + "}"), Presence::malformed)
        << value;
  }
}

/// A body that two readers would read in two ways says nothing, whatever it is asked for next.
TEST(Reading, OfWhatIsMalformedStaysSo) {
  Room room;
  constexpr std::array<std::string_view, 1> id = {"id"};
  constexpr std::array<std::string_view, 1> other = {"other"};
  const http::Delivery json = delivery_with(R"({"id":"a","id":"b","other":"c"})", {});
  Reading body(json, room.arena);
  EXPECT_EQ(body.value_at(at_body(id)).presence, Presence::malformed);
  EXPECT_EQ(body.value_at(at_body(other)).presence, Presence::malformed);
  EXPECT_EQ(body.form(), nullptr);
  EXPECT_TRUE(body.body_is_malformed());

  // The same of JSON in the fields of a form, each of which is a text of its own.
  const http::Delivery fields = delivery_with("a=%7B&b=%7B%22id%22%3A1%7D&c=%7B", {});
  Reading form(fields, room.arena);
  Locator locator = at_body(id);
  locator.place = Place::form;
  const auto presence = [&](std::string_view name) {
    locator.name = name;
    return form.value_at(locator).presence;
  };
  locator.name = "a";
  form.expect(locator);
  EXPECT_EQ(presence("b"), Presence::one);
  EXPECT_FALSE(form.body_is_malformed());
  EXPECT_EQ(presence("d"), Presence::absent);
  EXPECT_EQ(presence("a"), Presence::malformed);
  EXPECT_EQ(presence("c"), Presence::malformed);
  EXPECT_TRUE(form.body_is_malformed());
}

TEST(BodyFormat, IsForTheFormsOfItsName) {
  using http::BodyForm;
  EXPECT_FALSE(http::has(http::any_body_form, BodyForm::unknown)) << "no sender sends that";
  for (const BodyForm form : {BodyForm::empty, BodyForm::json, BodyForm::xml, BodyForm::multipart,
                              BodyForm::form, BodyForm::text, BodyForm::other}) {
    EXPECT_TRUE(fits(BodyFormat::any, form));
    EXPECT_EQ(fits(BodyFormat::json, form), form == BodyForm::json);
    EXPECT_EQ(fits(BodyFormat::form, form), form == BodyForm::form || form == BodyForm::empty);
  }
}

/// Texts that Shopify's client secret signs besides: a session token's header and payload (RFC
/// 7519, section 3.1), an OAuth redirect, app-proxy queries with parameters that a visitor chose.
TEST(Reading, KeepsAFormToItsEnd) {
  const auto keeps = [](std::string_view body) {
    Room room;
    const http::Delivery delivery = delivery_with(body, {});
    return Reading(delivery, room.arena).keeps_its_form();
  };
  for (const std::string_view body :
       {R"({"id":1})", "{}", "{\"a\":[{}]}\n ", "a=1&b=2", "shop=a.myshopify.com", ""}) {
    EXPECT_TRUE(keeps(body)) << body;
  }
  for (const std::string_view body :
       {"eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODB9",
        R"(["=path_prefix=/apps/xshop=a.myshopify.comtimestamp=1337178173z="])",
        R"( {"a=path_prefix=/apps/xshop=a.myshopify.comtimestamp=1337178173z=":1})",
        R"({"id":1}{"id":2})", R"({"id":1)", R"({"id":1} x)", "[]", "[1]", " {}", "\n{}", "{a}",
        "<a/>", "--a\r\n", "plain", "a=1&b", "a=%zz"}) {
    EXPECT_FALSE(keeps(body)) << body;
  }
}

}  // namespace
}  // namespace postern::scheme
