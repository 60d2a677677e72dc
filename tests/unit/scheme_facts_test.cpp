#include <algorithm>
#include <vector>

#include "core_support.h"
#include "postern/scheme/claims.h"
#include "postern/scheme/event.h"
#include "postern/scheme/proof.h"
#include "postern/scheme/verify.h"

// What follows from a scheme alone: what it proves, what it has to read, and how much a delivery
// under it may have tried.

namespace postern::scheme {
namespace {

using namespace testing_support;

Part part(PartKind kind) { return {.kind = kind, .text = {}, .pointer = {}}; }

/// The table of docs/ADDING_A_PROVIDER.md, "What is proved".
TEST(ProofOf, IsAsItsTableSays) {
  const auto proof = [](std::vector<PartKind> kinds, BodyFormat format, http::BodyForms sends,
                        std::string_view body_hash) {
    std::vector<Part> content;
    std::ranges::transform(kinds, std::back_inserter(content), part);
    SignatureRule rule;
    rule.content = content;
    rule.format = format;
    rule.body_hash_query = body_hash;
    Scheme scheme;
    scheme.sends = sends;
    return proof_of(scheme, rule);
  };
  using enum PartKind;
  constexpr auto any = BodyFormat::any;
  const http::BodyForms all = http::any_body_form;
  const http::BodyForms forms = http::set_of(http::BodyForm::form);
  const auto forms_or_none =
      static_cast<http::BodyForms>(forms | http::set_of(http::BodyForm::empty));
  EXPECT_EQ(proof({timestamp, body}, any, all, ""), Proof::signature);
  EXPECT_EQ(proof({sha256_body}, any, all, ""), Proof::signature);
  EXPECT_EQ(proof({url}, any, all, "bodySHA256"), Proof::signature);
  EXPECT_EQ(proof({query}, any, all, "bodySHA256"), Proof::signature);
  EXPECT_EQ(proof({url}, any, all, ""), Proof::partial);
  EXPECT_EQ(proof({url, form_sorted}, BodyFormat::form, all, ""), Proof::signature);
  EXPECT_EQ(proof({url, form_sorted}, any, forms, ""), Proof::signature);
  EXPECT_EQ(proof({url, form_sorted}, any, forms_or_none, ""), Proof::signature);
  EXPECT_EQ(proof({url, form_sorted}, any, all, ""), Proof::partial);
  EXPECT_EQ(proof({id, crc32_body}, any, all, ""), Proof::weak);
  EXPECT_EQ(proof({id, method, path, header}, any, all, ""), Proof::partial);
  EXPECT_EQ(proof({}, any, all, ""), Proof::token);
}

/// RFC 20: the characters of ASCII are seven bits, so no other byte is in any set.
TEST(CharacterSets, HoldNothingButAscii) {
  const CharacterSet set = characters("a~\x01\xe1\xfe\x81");
  for (int byte = 0; byte < 256; ++byte) {
    const auto c = static_cast<char>(byte);
    EXPECT_EQ(set.has(c), c == 'a' || c == '~' || c == '\x01') << byte;
  }
}

/// docs/ABI.md has one number for the checks of a key, whatever is tried with it.
TEST(CandidatesOf, TimesTheirSpellingsAreTheChecksOfAKey) {
  SignatureRule rule;
  rule.algorithm = Algorithm::ed25519;
  EXPECT_EQ(candidates_of(rule), checks_per_key_max);
  rule.ports = PortRule::either;
  EXPECT_EQ(2 * candidates_of(rule), checks_per_key_max);
  rule.algorithm = Algorithm::hmac_sha256;
  EXPECT_EQ(candidates_of(rule), candidates_max) << "a MAC is made once for all of them";
}

TEST(ReadsBodyFirst, WhereTheBodyDecidesWhatIsSigned) {
  const std::array raw = {part(PartKind::timestamp), part(PartKind::body)};
  SignatureRule rule;
  rule.from = at_header("x-signature");
  rule.content = raw;
  EXPECT_FALSE(reads_body_first(rule)) << "a host can hash it";
  rule.body_hash_query = "bodySHA256";
  EXPECT_TRUE(reads_body_first(rule)) << "it is compared with what the query says";
}

/// A place of every kind that reads the body, and the one part of an identity that does not.
TEST(ReadsBody, WhereRuleOrIdentityDo) {
  constexpr std::array<std::string_view, 1> tokens = {"id"};
  const std::array from_header = {
      IdentityPart{.kind = IdentityKind::locator, .at = at_header("x-id")}};
  const std::array from_body = {IdentityPart{.kind = IdentityKind::locator, .at = at_body(tokens)}};
  const std::array digest = {IdentityPart{.kind = IdentityKind::body, .at = {}}};
  std::array<EventRule, 1> rules;
  rules[0].identity = from_header;
  Scheme scheme;
  scheme.events = rules;
  EXPECT_FALSE(reads_body(scheme, {}));
  EXPECT_FALSE(reads_body(scheme, digest)) << "a host can compute it";
  EXPECT_TRUE(reads_body(scheme, from_body));
  rules[0].type = at_body(tokens);
  EXPECT_TRUE(reads_body(scheme, {}));
}

/// Two rules that each read a list, told apart by their headers.
class TwoLists : public testing::Test {
 protected:
  TwoLists() {
    for (SignatureRule& rule : rules) {
      rule.algorithm = Algorithm::token;
      rule.encoding = Encoding::text;
    }
    rules[0].from = at_header("x-first");
    rules[1].from = at_header("x-second");
    rules[0].from.separator = rules[1].from.separator = ',';
    scheme.signatures = rules;
    keys[1].rule = 1;
    keys[0].bytes = bytes_of("the first token");
    keys[1].bytes = bytes_of("the second token");
  }

  /// The claims' fault, or the verdict: with that many junk values before the last one of each.
  Reason verify(std::size_t junk, std::string_view first, std::string_view second) {
    const auto list = [&](std::string_view last) {
      std::string text;
      for (std::size_t i = 0; i < junk; ++i) {
        text += "junk,";
      }
      return text + std::string(last);
    };
    const std::array values = {list(first), list(second)};
    const std::array headers = {http::Header{.name = "x-first", .value = values[0]},
                                http::Header{.name = "x-second", .value = values[1]}};
    const http::Delivery delivery = delivery_with("{}", headers);
    Room room;
    Reading reading(delivery, room.arena);
    const auto claims = read_claims(scheme, keys, reading, room.arena);
    if (!claims.has_value()) {
      return claims.error();
    }
    const auto trials = plan_trials(scheme, keys, *claims, "", reading, room.arena);
    const auto authentic = conclude(scheme, *claims, trials.value(), {}, {}, delivery);
    return authentic.has_value() ? Reason::none : authentic.error();
  }

  std::array<SignatureRule, 2> rules;
  std::array<Key, 2> keys;
  Scheme scheme;
};

TEST_F(TwoLists, LetAValueInUnderItsOwnRuleOnly) {
  EXPECT_EQ(verify(0, "the first token", "junk"), Reason::none);
  EXPECT_EQ(verify(0, "junk", "the second token"), Reason::none);
  EXPECT_EQ(verify(0, "the second token", "the first token"), Reason::bad_signature);
}

TEST_F(TwoLists, HaveTogetherNoMoreValuesThanOneMayHave) {
  const std::size_t half = candidates_max / 2;
  EXPECT_EQ(verify(half - 1, "the first token", "junk"), Reason::none);
  EXPECT_EQ(verify(half, "the first token", "junk"), Reason::malformed_signature);
}

}  // namespace
}  // namespace postern::scheme
