#include <gtest/gtest.h>

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "core_support.h"
#include "postern/scheme/challenge.h"
#include "postern/scheme/claims.h"

namespace postern::scheme {
namespace {

using namespace testing_support;

ReplyPart value_at(const Locator& at, std::string_view header = {}) {
  return {.kind = ReplyPartKind::value, .header = header, .at = at};
}

/// A token may stand anywhere; of anything else a reply is plain text.
TEST(Echoes, AreTokensOrPlainText) {
  Condition condition{.test = Condition::Test::token, .at = {}, .text = {}};
  condition.at.place = Place::query;
  condition.at.name = "challenge";
  const ReplyPart part = value_at(condition.at);
  const auto is_safe = [&](const Condition& held, const ReplyPart& echoed, std::string_view type) {
    const std::array parts = {ReplyPart{.text = "<p>"}, echoed};
    Challenge challenge;
    challenge.conditions = {&held, 1};
    challenge.content_type = type;
    challenge.reply = parts;
    return echoes_safely(challenge);
  };
  EXPECT_TRUE(is_safe(condition, part, "text/html"));
  ReplyPart other = part;
  other.at.name = "name";
  EXPECT_FALSE(is_safe(condition, other, "text/html"));
  EXPECT_TRUE(is_safe(condition, other, "text/plain"));
  EXPECT_TRUE(is_safe(condition, other, "text/plain; charset=utf-8"));
  for (const std::string_view type : {"", "text/plain2", "text/plain;charset=utf-7", "a/b"}) {
    EXPECT_FALSE(is_safe(condition, other, type)) << type;
  }
  ReplyPart field = part;
  field.at.place = Place::body;
  EXPECT_FALSE(is_safe(condition, field, "text/html"));
  Condition digits = condition;
  digits.test = Condition::Test::digits;
  EXPECT_FALSE(is_safe(digits, part, "text/html"));
  Condition cut = condition;
  cut.at.prefix = "c-";
  EXPECT_FALSE(is_safe(cut, part, "text/html"));
  cut = condition;
  cut.at.separator = ',';
  EXPECT_FALSE(is_safe(cut, part, "text/html"));
  cut = condition;
  cut.at.pair = '=';
  EXPECT_FALSE(is_safe(cut, part, "text/html"));
  // A field of a body is another one where its pointer is.
  constexpr std::array<std::string_view, 1> tokens = {"challenge"};
  constexpr std::array<std::string_view, 2> deeper = {"data", "challenge"};
  const Condition in_body{.test = Condition::Test::token, .at = at_body(tokens), .text = {}};
  EXPECT_TRUE(is_safe(in_body, value_at(at_body(tokens)), "text/html"));
  EXPECT_FALSE(is_safe(in_body, value_at(at_body(deeper)), "text/html"));
  // In a header, and under the key of deliveries, plain text is not enough.
  EXPECT_TRUE(is_safe(condition, value_at(condition.at, "x-echo"), "text/plain"));
  EXPECT_FALSE(is_safe(condition, value_at(other.at, "x-echo"), "text/plain"));
  for (const ReplyPartKind kind : {ReplyPartKind::hmac_hex, ReplyPartKind::hmac_base64}) {
    ReplyPart mac = part;
    mac.kind = kind;
    EXPECT_TRUE(is_safe(condition, mac, "text/plain"));
    mac.at = other.at;
    EXPECT_FALSE(is_safe(condition, mac, "text/plain"));
  }
  // What is the operator's own is nobody's page.
  EXPECT_TRUE(is_safe(condition, {.kind = ReplyPartKind::parameter}, "text/html"));
}

/// What is told of a probe by its method, and by the text that its reply echoes.
TEST(Challenges, AreAnsweredByTheirMethodAndOnlyWithWhatIsThere) {
  constexpr std::array<std::string_view, 1> type = {"type"};
  constexpr std::array<std::string_view, 1> token = {"challenge"};
  const std::array conditions = {
      Condition{.test = Condition::Test::equals, .at = at_body(type), .text = "url_verification"}};
  const std::array reply = {value_at(at_body(token))};
  const std::array challenges = {Challenge{.proof = ChallengeProof::unsigned_probe,
                                           .method = "POST",
                                           .conditions = conditions,
                                           .content_type = "text/plain",
                                           .reply = reply}};
  Scheme scheme;
  scheme.challenges = challenges;
  const auto answer = [&](std::string_view method,
                          std::string_view body) -> std::optional<std::string> {
    http::Delivery delivery = delivery_with(body, {});
    delivery.method = method;
    Room room;
    Reading reading(delivery, room.arena);
    const auto made =
        answer_challenge(scheme, ChallengeProof::unsigned_probe, {}, reading, room.arena);
    return made.has_value() ? std::optional(std::string(made->body)) : std::nullopt;
  };
  constexpr std::string_view probe = R"({"type":"url_verification","challenge":"3eZbrw1aB"})";
  EXPECT_EQ(answer("POST", probe), "3eZbrw1aB");
  EXPECT_EQ(answer("GET", probe), std::nullopt);
  EXPECT_EQ(answer("POST", R"({"type":"url_verification"})"), std::nullopt);
}

/// A challenge by a query, with a key and parameters: what comes of one request.
struct Asked {
  Condition held{.test = Condition::Test::token, .at = {}, .text = {}};
  std::vector<ReplyPart> reply;
  std::vector<std::string_view> parameters;
  Key key;

  Asked() {
    held.at.place = Place::query;
    held.at.name = "token";
    // Node: createHmac('sha256', 'k'.repeat(32)).update(text).digest(...)
    key.hmac.assign(crypto::HashAlgorithm::sha256, bytes_of("kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk"));
  }

  /// The headers as lines, and the body; "-" for no challenge.
  [[nodiscard]] std::string answer(std::string_view query, bool has_key = true) const {
    const std::array challenges = {Challenge{.proof = ChallengeProof::unsigned_probe,
                                             .method = "GET",
                                             .conditions = {&held, 1},
                                             .content_type = "text/plain",
                                             .reply = reply}};
    Scheme scheme;
    scheme.challenges = challenges;
    http::Delivery delivery = delivery_with("", {});
    delivery.method = "GET";
    delivery.query = query;
    Room room;
    Reading reading(delivery, room.arena);
    const auto made = answer_challenge(scheme, ChallengeProof::unsigned_probe,
                                       {.key = has_key ? &key : nullptr, .parameters = parameters},
                                       reading, room.arena);
    if (!made.has_value()) {
      return "-";
    }
    std::string text;
    for (const http::Header& header : made->headers) {
      text += std::string(header.name) + ": " + std::string(header.value) + "\n";
    }
    return text + std::string(made->body);
  }
};

TEST(ComputedReplies, AreTheMacOfATokenAndOfNothingElse) {
  Asked asked;
  asked.reply = {{.text = "sha256="},
                 {.kind = ReplyPartKind::hmac_base64, .at = asked.held.at},
                 {.text = " "},
                 {.kind = ReplyPartKind::hmac_hex, .at = asked.held.at}};
  EXPECT_EQ(asked.answer("token=challenge_string"),
            "sha256=MbrluEJXSeDJxTVeVEUW+/lZxOGsCV1v0rO9bdU5B8o= "
            "31bae5b8425749e0c9c5355e544516fbf959c4e1ac095d6fd2b3bd6dd53907ca");
  // Neither what is signed of a delivery, nor what a page is made of.
  for (const std::string_view query :
       {"token=%7B%22id%22%3A1%7D", "token=v0%3A1700000000%3A%7B%7D", "token=", "token=a%0Ab",
        "token=a&token=a", "token=a%20b", "other=a", ""}) {
    EXPECT_EQ(asked.answer(query), "-") << query;
  }
  EXPECT_NE(asked.answer("token=" + std::string(challenge_text_bytes_max, 'a')), "-");
  EXPECT_EQ(asked.answer("token=" + std::string(challenge_text_bytes_max + 1, 'a')), "-");
  EXPECT_EQ(asked.answer("token=challenge_string", false), "-");
}

TEST(ReplyHeaders, StandBesideTheBodyEachWithItsParts) {
  Asked asked;
  asked.reply = {{.text = "ok"},
                 {.header = "x-one", .text = "a "},
                 value_at(asked.held.at, "x-one"),
                 {.kind = ReplyPartKind::parameter, .header = "x-two"}};
  asked.parameters = {"120"};
  EXPECT_EQ(asked.answer("token=t.1"), "x-one: a t.1\nx-two: 120\nok");
  // A line end, or a parameter that is not given, makes no header of it.
  EXPECT_EQ(asked.answer("token=t%0D%0Aset-cookie%3A%20a"), "-");
  for (const std::string& text :
       {std::string(), std::string("a b"), std::string("a\r\nset-cookie: b"),
        std::string(parameter_bytes_max + 1, 'a')}) {
    asked.parameters = {text};
    EXPECT_EQ(asked.answer("token=t.1"), "-") << text;
  }
}

TEST(Parameters, AreComparedWholeAndNeverHoldWhereTheyAreNotGiven) {
  Asked asked;
  asked.held.test = Condition::Test::parameter;
  asked.reply = {{.text = "ok"}};
  asked.parameters = {"the-verify-token"};
  EXPECT_EQ(asked.answer("token=the-verify-token"), "ok");
  for (const std::string_view query :
       {"token=the-verify-toke", "token=the-verify-token1", "token=The-verify-token", "token=", "",
        "token=the-verify-token&token=the-verify-token"}) {
    EXPECT_EQ(asked.answer(query), "-") << query;
  }
  asked.parameters = {""};
  EXPECT_EQ(asked.answer("token="), "-");
  EXPECT_EQ(asked.answer(""), "-");
}

/// A header that only a challenge reads is read, and proves nothing.
TEST(Challenges, ReadHeadersThatVerifyNothing) {
  const std::array conditions = {
      Condition{.test = Condition::Test::present, .at = at_header("x-hook-secret"), .text = {}}};
  const std::array challenges = {Challenge{
      .method = "POST", .conditions = conditions, .content_type = "text/plain", .reply = {}}};
  Scheme scheme;
  scheme.challenges = challenges;
  EXPECT_TRUE(reads_header(scheme, "x-hook-secret"));
  EXPECT_FALSE(reads_header(scheme, "x-hook"));
  EXPECT_FALSE(verifies_with(scheme, "x-hook-secret"));
}

}  // namespace
}  // namespace postern::scheme
