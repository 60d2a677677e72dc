#include <gtest/gtest.h>

#include <array>

#include "postern/scheme/challenge.h"

namespace postern::scheme {
namespace {

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
}

}  // namespace
}  // namespace postern::scheme
