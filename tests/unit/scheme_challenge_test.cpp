#include <gtest/gtest.h>

#include <array>
#include <optional>
#include <string>

#include "core_support.h"
#include "postern/scheme/challenge.h"
#include "postern/scheme/claims.h"

namespace postern::scheme {
namespace {

using namespace testing_support;

/// A token may stand anywhere; of anything else a reply is plain text.
TEST(Echoes, AreTokensOrPlainText) {
  Condition condition{.test = Condition::Test::token, .at = {}, .text = {}};
  condition.at.place = Place::query;
  condition.at.name = "challenge";
  const Part part{.kind = PartKind::query, .text = "challenge", .pointer = {}};
  const auto is_safe = [&](const Condition& held, const Part& echoed, std::string_view type) {
    const std::array parts = {Part{.kind = PartKind::literal, .text = "<p>", .pointer = {}},
                              echoed};
    Challenge challenge;
    challenge.conditions = {&held, 1};
    challenge.content_type = type;
    challenge.reply = parts;
    return echoes_safely(challenge);
  };
  EXPECT_TRUE(is_safe(condition, part, "text/html"));
  Part other = part;
  other.text = "name";
  EXPECT_FALSE(is_safe(condition, other, "text/html"));
  EXPECT_TRUE(is_safe(condition, other, "text/plain"));
  EXPECT_TRUE(is_safe(condition, other, "text/plain; charset=utf-8"));
  for (const std::string_view type : {"", "text/plain2", "text/plain;charset=utf-7", "a/b"}) {
    EXPECT_FALSE(is_safe(condition, other, type)) << type;
  }
  Part field = part;
  field.kind = PartKind::field;
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
  Condition in_body{.test = Condition::Test::token, .at = {}, .text = {}};
  in_body.at.place = Place::body;
  in_body.at.pointer = {tokens};
  in_body.at.has_pointer = true;
  const Part echoed{.kind = PartKind::field, .text = {}, .pointer = {tokens}};
  EXPECT_TRUE(is_safe(in_body, echoed, "text/html"));
  EXPECT_FALSE(
      is_safe(in_body, {.kind = PartKind::field, .text = {}, .pointer = {deeper}}, "text/html"));
}

/// What is told of a probe by its method, and by the text that its reply echoes.
TEST(Challenges, AreAnsweredByTheirMethodAndOnlyWithWhatIsThere) {
  constexpr std::array<std::string_view, 1> type = {"type"};
  constexpr std::array<std::string_view, 1> token = {"challenge"};
  const std::array conditions = {
      Condition{.test = Condition::Test::equals, .at = at_body(type), .text = "url_verification"}};
  const std::array reply = {Part{.kind = PartKind::field, .text = {}, .pointer = {token}}};
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
    const auto made = answer_challenge(scheme, ChallengeProof::unsigned_probe, reading, room.arena);
    return made.has_value() ? std::optional(std::string(made->body)) : std::nullopt;
  };
  constexpr std::string_view probe = R"({"type":"url_verification","challenge":"3eZbrw1aB"})";
  EXPECT_EQ(answer("POST", probe), "3eZbrw1aB");
  EXPECT_EQ(answer("GET", probe), std::nullopt);
  EXPECT_EQ(answer("POST", R"({"type":"url_verification"})"), std::nullopt);
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
