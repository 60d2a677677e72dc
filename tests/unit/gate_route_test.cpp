#include <random>
#include <regex>

#include "gate_support.h"
#include "postern/base/glob.h"
#include "postern/gate/route.h"

namespace postern::gate {
namespace {

using namespace testing_support;

TEST(GlobMatches, TakesAStarForAnyRunAndAllElseAsItIs) {
  EXPECT_TRUE(glob_matches("*", ""));
  EXPECT_TRUE(glob_matches("*", "anything"));
  EXPECT_TRUE(glob_matches("", ""));
  EXPECT_FALSE(glob_matches("", "a"));
  EXPECT_TRUE(glob_matches("payment_intent.*", "payment_intent.created"));
  EXPECT_TRUE(glob_matches("payment_intent.*", "payment_intent."));
  EXPECT_FALSE(glob_matches("payment_intent.*", "payment_intents.created"));
  EXPECT_FALSE(glob_matches("a.c", "abc"));
  EXPECT_FALSE(glob_matches("a?c", "abc"));
  EXPECT_FALSE(glob_matches("charge.failed", "charge.failed.x"));
  EXPECT_FALSE(glob_matches("A", "a"));
  EXPECT_TRUE(glob_matches("*a*b*", "xxaxxbxx"));
  EXPECT_FALSE(glob_matches("*a*b", "xxaxxbxx"));
}

// The second opinion is the standard library's regular expressions.
TEST(GlobMatches, AgreesWithRegularExpressionsOnSmallTexts) {
  std::mt19937 random(1);
  std::size_t matches = 0;
  for (int i = 0; i < 20'000; ++i) {
    const auto make = [&](std::string_view alphabet, std::size_t most) {
      std::string text(random() % (most + 1), '\0');
      for (char& c : text) {
        c = alphabet[random() % alphabet.size()];
      }
      return text;
    };
    const std::string glob = make("ab*", 6);
    const std::string text = make("ab", 8);
    std::string expression;
    for (const char c : glob) {
      expression += c == '*' ? std::string(".*") : std::string(1, c);
    }
    const bool expected = std::regex_match(text, std::regex(expression));
    matches += expected ? 1 : 0;
    EXPECT_EQ(glob_matches(glob, text), expected) << glob << " on " << text;
  }
  EXPECT_GT(matches, 1000U);
}

TEST(GlobMatches, TakesTimeInProportionToBothLengths) {
  std::string glob;
  for (int i = 0; i < 60; ++i) {
    glob += "*a";
  }
  EXPECT_FALSE(glob_matches(glob + "b", std::string(128, 'a')));
}

/// The number of the route that an event takes.
class Routes : public testing::Test {
 protected:
  /// Of an event whose type a header says; one that cannot be read is not ASCII.
  Result<std::uint16_t, Reason> route(std::string_view type, std::string_view body) {
    source.routes = list;
    const std::array header = {http::Header{.name = "x-type", .value = type}};
    const http::Delivery delivery =
        delivery_with(body, std::span(header).first(type.empty() ? 0 : 1));
    scheme::Reading reading(delivery, room.arena);
    scheme::EventRule rule;
    rule.type = at_header("x-type");
    scheme::EventFacts facts;
    const auto event =
        scheme::read_event(authentic_by_token(delivery), rule, {}, {}, reading, room.arena, facts);
    EXPECT_TRUE(event.has_value());
    return route_of(source, *event, reading);
  }
  policy::Source source;
  std::vector<policy::Route> list;
  Room room;
};

TEST_F(Routes, AreTriedInOrder) {
  const std::array<std::string_view, 2> first = {"a.*", "b"};
  const std::array<std::string_view, 1> all = {"*"};
  list.resize(2);
  list[0].events = first;
  list[1].events = all;
  EXPECT_EQ(route("a.x", "{}"), 0);
  EXPECT_EQ(route("b", "{}"), 0);
  EXPECT_EQ(route("c", "{}"), 1);
  EXPECT_EQ(route("", "{}"), 1);
  list.pop_back();
  EXPECT_EQ(route("c", "{}"), refuse(Reason::no_route));
  list[0].events = {};
  EXPECT_EQ(route("a.x", "{}"), refuse(Reason::no_route));
}

TEST_F(Routes, LookAtATypeThatCannotBeReadOnlyWhereItDecides) {
  const std::array<std::string_view, 2> some = {"a.*", "b"};
  const std::array<std::string_view, 2> all = {"b", "**"};
  const std::array<std::string_view, 1> tokens = {"test"};
  const std::array tests = {policy::FilterValue{.type = json::Type::boolean, .text = "true"}};
  const std::array filters = {policy::Filter{.pointer = {tokens}, .values = tests}};
  const std::string_view unreadable = "\xC3\xA9";
  list.resize(2);
  list[0].events = all;
  list[1].events = some;
  EXPECT_EQ(route(unreadable, "{}"), 0);
  std::swap(list[0], list[1]);
  EXPECT_EQ(route(unreadable, "{}"), refuse(Reason::malformed_event_type));
  list[0].filters = filters;
  EXPECT_EQ(route(unreadable, R"({"test":false})"), 1);
  EXPECT_EQ(route(unreadable, R"({"test":true})"), refuse(Reason::malformed_event_type));
  EXPECT_EQ(route(unreadable, R"({"test":true)"), refuse(Reason::malformed_body));
  list.pop_back();
  EXPECT_EQ(route(unreadable, R"({"test":false})"), refuse(Reason::no_route));
  const std::array<std::string_view, 1> no_type = {""};
  list[0].events = no_type;
  list[0].filters = {};
  EXPECT_EQ(route("", "{}"), 0) << "for events without a type";
  EXPECT_EQ(route(unreadable, "{}"), refuse(Reason::malformed_event_type));
  // Routes that an event of another type goes past do not look into its body.
  EXPECT_EQ(route("c", R"({"test":)"), refuse(Reason::no_route));
}

TEST_F(Routes, AreNarrowedByEveryFilter) {
  const std::array<std::string_view, 1> all = {"*"};
  const std::array<std::string_view, 2> currency = {"data", "currency"};
  const std::array<std::string_view, 1> region = {"region"};
  const std::array currencies = {policy::FilterValue{.type = json::Type::string, .text = "usd"},
                                 policy::FilterValue{.type = json::Type::string, .text = "eur"}};
  const std::array regions = {policy::FilterValue{.type = json::Type::string, .text = "eu"},
                              policy::FilterValue{.type = json::Type::number, .text = "7"},
                              policy::FilterValue{.type = json::Type::boolean, .text = "true"}};
  const std::array filters = {policy::Filter{.pointer = {currency}, .values = currencies},
                              policy::Filter{.pointer = {region}, .values = regions}};
  list.resize(1);
  list[0].events = all;
  list[0].filters = filters;
  EXPECT_EQ(route("a", R"({"data":{"currency":"eur"},"region":"eu"})"), 0);
  EXPECT_EQ(route("a", R"({"data":{"currency":"\u0065ur"},"region":"eu"})"), 0);
  EXPECT_EQ(route("a", R"({"data":{"currency":"eur"},"region":7})"), 0);
  EXPECT_EQ(route("a", R"({"data":{"currency":"eur"},"region":true})"), 0);
  for (const std::string_view body :
       {R"({"data":{"currency":"eur"},"region":"7"})",
        R"({"data":{"currency":"eur"},"region":7.0})",
        R"({"data":{"currency":"eur"},"region":"true"})",
        R"({"data":{"currency":"eur"},"region":false})",
        R"({"data":{"currency":"eur"},"region":"us"})", R"({"data":{"currency":"eur"}})",
        R"({"data":{"currency":["eur"]},"region":"eu"})", R"({"currency":"eur","region":"eu"})",
        R"({"data":{"currency":"EUR"},"region":"eu"})", R"({"data":{"currency":1},"region":"eu"})",
        R"({"data":{"currency":""},"region":"eu"})"}) {
    EXPECT_EQ(route("a", body), refuse(Reason::no_route)) << body;
  }
  for (const std::string_view body : {"", "x", R"({"region":"eu")"}) {
    EXPECT_EQ(route("a", body), refuse(Reason::malformed_body)) << body;
  }
}

}  // namespace
}  // namespace postern::gate
