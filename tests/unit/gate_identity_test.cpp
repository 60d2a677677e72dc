#include <gtest/gtest.h>

#include "gate_queue_support.h"

// What makes an event of a delivery that is proved: its identity, its form, its rule. Most are
// proved by a token here, which leaves the host nothing to compute before them.

namespace postern::gate {
namespace {

using namespace testing_support;

const std::string time_now = std::to_string(now_ms / 1000);

class TokenPolicy : public SamplePolicy {
 public:
  TokenPolicy() {
    rule.algorithm = scheme::Algorithm::token;
    rule.encoding = scheme::Encoding::text;
    rule.from = at_header("x-token");
    rule.content = {};
    timestamp = {};
  }
};

Request token_request(const std::string& body) {
  return {
      .headers = {{"content-type", "application/json"}, {"x-token", std::string(sample_secret)}},
      .body = body};
}

Request without_body(Request request) {
  request.has_body = false;
  return request;
}

/// Larger than what the module hashes itself, with blanks in front that leave its form open.
std::string large_body(std::size_t blanks) {
  return std::string(blanks, ' ') + R"({"id":"evt_1","type":"order.created","text":")" +
         std::string(mac_inline_bytes_max, 'x') + "\"}";
}

std::pair<int, std::string> refusal(const Step& step) {
  EXPECT_EQ(step.effect, EffectKind::answer);
  const AnswerFields answer = read_answer(step);
  const auto record = nlohmann::json::parse(answer.record, nullptr, false);
  return {answer.status, record.value("reason", "")};
}

/// The row of an event of the sample source, by the formula of docs/DUPLICATES.md.
std::string key_of(const std::string& identity) {
  return sha256("postern1" + Frame().bytes32("sample").bytes32(identity).bytes());
}

std::string claimed_key(const Step& step) {
  EXPECT_EQ(step.effect, EffectKind::claim);
  return read_ledger_effect(step).key;
}

TEST(Identity, IsTheOneThatTheSourceChooses) {
  constexpr std::array<std::string_view, 1> order = {"order"};
  const std::array custom = {
      scheme::IdentityPart{.kind = scheme::IdentityKind::locator, .at = at_body(order)}};
  const std::string body = R"({"id":"evt_1","type":"a","order":"7"})";
  const auto key = [&](SamplePolicy& policy, policy::IdentityChoice choice,
                       const Request& request) {
    policy.source.identity_choice = choice;
    policy.source.identity = choice == policy::IdentityChoice::custom
                                 ? std::span<const scheme::IdentityPart>(custom)
                                 : std::span<const scheme::IdentityPart>{};
    Gate gate(policy.policy(), {std::string(sample_secret)});
    return claimed_key(Way(gate, body).begin(request));
  };
  SamplePolicy by_secret;
  TokenPolicy by_token;
  using Choice = policy::IdentityChoice;
  EXPECT_EQ(key(by_secret, Choice::scheme, sample_request(body)), key_of("evt_1"));
  EXPECT_EQ(key(by_secret, Choice::custom, sample_request(body)), key_of("7"));
  EXPECT_EQ(key(by_secret, Choice::signed_content, sample_request(body)),
            key_of(sha256(time_now + "." + body)));
  EXPECT_EQ(key(by_secret, Choice::body, sample_request(body)), key_of(sha256(body)));
  EXPECT_EQ(key(by_token, Choice::signed_content, token_request(body)), key_of(sha256(body)))
      << "nothing is signed, so it is the body";
}

/// A content that has more text than an effect carries is hashed in the module, as it was for the
/// signature.
TEST(Identity, IsTheDigestOfALongContentToo) {
  SamplePolicy policy;
  const std::array content = {
      policy.content[0],
      scheme::Part{.kind = scheme::PartKind::header, .text = "x-long", .pointer = {}},
      policy.content[2]};
  policy.rule.content = content;
  policy.source.identity_choice = policy::IdentityChoice::signed_content;
  Gate gate(policy.policy(), {std::string(sample_secret)});
  const std::string body = large_body(0);
  const std::string signed_text = time_now + std::string(mac_literal_bytes_max, 'l') + body;
  Request request = sample_request(body);
  request.headers.emplace_back("x-long", std::string(mac_literal_bytes_max, 'l'));
  request.headers[1].second = to_hex(hmac(EVP_sha256(), sample_secret, signed_text));
  EXPECT_EQ(claimed_key(Way(gate, body).begin(request)), key_of(sha256(signed_text)));
}

TEST(Forms, OfALargeBodyAreHeldToWhatTheSenderSendsWhenItIsHere) {
  TokenPolicy policy;
  policy.scheme.sends = http::set_of(http::BodyForm::json);
  Gate gate(policy.policy(), {std::string(sample_secret)});
  for (const std::size_t blanks : {std::size_t{0}, std::size_t{200}}) {
    const std::string body = large_body(blanks);
    Way way(gate, body);
    ASSERT_EQ(way.begin(without_body(token_request(body))).effect, EffectKind::supply_body);
    EXPECT_EQ(claimed_key(way.go_on("")), key_of("evt_1"));
  }
  const std::string text = std::string(200, ' ') + std::string(mac_inline_bytes_max, 'x');
  Way way(gate, text);
  ASSERT_EQ(way.begin(without_body(token_request(text))).effect, EffectKind::supply_body);
  EXPECT_EQ(refusal(way.go_on("")), std::pair(400, std::string("unexpected_form")));
  const std::string form = "id=" + std::string(mac_inline_bytes_max, 'x');
  EXPECT_EQ(refusal(Way(gate, form).begin(without_body(token_request(form)))),
            std::pair(400, std::string("unexpected_form")))
      << "its beginning tells";
}

TEST(Forms, OfALargeBodyAreKeptToTheirEndWhereTheKeySignsMore) {
  TokenPolicy policy;
  policy.scheme.sends = http::set_of(http::BodyForm::json);
  policy.scheme.key_signs_more = true;
  Gate gate(policy.policy(), {std::string(sample_secret)});
  for (const std::string& behind : {std::string(), std::string("x")}) {
    const std::string body = large_body(0) + behind;
    Way way(gate, body);
    ASSERT_EQ(way.begin(without_body(token_request(body))).effect, EffectKind::supply_body);
    const Step step = way.go_on("");
    if (behind.empty()) {
      EXPECT_EQ(claimed_key(step), key_of("evt_1"));
    } else {
      EXPECT_EQ(refusal(step), std::pair(400, std::string("unexpected_form")));
    }
  }
}

/// The event by a header, so that nothing but a filter reads the body.
class ByHeader : public TokenPolicy {
 public:
  ByHeader() {
    event.format = scheme::BodyFormat::any;
    event.type = {};
    identity[0].at = at_header("x-event-id");
  }
};

TEST(Filters, ReadALargeBodyThatNothingElseReads) {
  constexpr std::array<std::string_view, 1> tokens = {"type"};
  const std::array values = {policy::FilterValue{json::Type::string, "order.created"}};
  const std::array filters = {policy::Filter{.pointer = {tokens}, .values = values}};
  const std::string body = large_body(0);
  Request request = without_body(token_request(body));
  request.headers.emplace_back("x-event-id", "evt_9");
  ByHeader policy;
  Gate unfiltered(policy.policy(), {std::string(sample_secret)});
  EXPECT_EQ(claimed_key(Way(unfiltered, body).begin(request)), key_of("evt_9"));
  policy.route.filters = filters;
  Gate filtered(policy.policy(), {std::string(sample_secret)});
  Way way(filtered, body);
  ASSERT_EQ(way.begin(request).effect, EffectKind::supply_body);
  EXPECT_EQ(claimed_key(way.go_on("")), key_of("evt_9"));
}

TEST(EventRules, AreOfABodyThatReadsInOneWay) {
  SamplePolicy policy;
  const std::array conditions = {scheme::Condition{
      .test = scheme::Condition::Test::equals, .at = at_body(policy.type_tokens), .text = "a"}};
  policy.event.conditions = conditions;
  Gate gate(policy.policy(), {std::string(sample_secret)});
  const auto begun = [&](const std::string& body) {
    return Way(gate, body).begin(sample_request(body));
  };
  EXPECT_EQ(claimed_key(begun(R"({"id":"evt_1","type":"a"})")), key_of("evt_1"));
  for (const std::string body : {R"({"id":"evt_1","type":"a","type":"a"})",
                                 R"({"id":"evt_1","type":"b"})", R"({"id":"evt_1","type":"a")"}) {
    EXPECT_EQ(refusal(begun(body)), std::pair(400, std::string("malformed_body"))) << body;
  }
}

/// A delivery whose identity is the digest of a body that the host hashes.
class HostDigests : public testing::Test {
 protected:
  /// The step that asks for the digest, with the ticket that waits for it.
  Step asked() {
    gate.emplace(policy.policy(), std::vector{std::string(sample_secret)});
    Request request = without_body(token_request(body));
    request.headers.emplace_back("x-kind", "order");
    const Step step = Way(*gate, body).begin(request);
    EXPECT_EQ(step.effect, EffectKind::mac);
    return step;
  }
  std::string resumed(const Step& step, const std::string& ticket, const Frame& outcome) {
    return gate->resume(resume_frame(ticket, step.effect,
                                     step.wants_body ? std::optional(body) : std::nullopt,
                                     outcome.bytes()));
  }

  HostDigests() { policy.source.identity_choice = policy::IdentityChoice::body; }
  const std::string body = large_body(0);
  const std::string digest = sha256(body);
  ByHeader policy;
  std::optional<Gate> gate;
};

TEST_F(HostDigests, MakeTheKey) {
  const Step step = asked();
  const auto answer = [&](const Frame& outcome) { return resumed(step, step.ticket, outcome); };
  EXPECT_EQ(claimed_key(*read_step(answer(Frame().u8(1).u16(1).text16(digest)))), key_of(digest));
  EXPECT_EQ(refusal(*read_step(answer(Frame().u8(0)))),
            std::pair(503, std::string("crypto_unavailable")));
  for (const Frame& malformed :
       {Frame(), Frame().u8(0).u8(0), Frame().u8(1), Frame().u8(1).u16(1).text16(digest).u8(0),
        Frame().u8(1).u16(1).text16(digest + "x")}) {
    EXPECT_EQ(answer(malformed), "");
  }
}

TEST_F(HostDigests, OfADeliveryThatHasLostItsRuleAreRefused) {
  const std::array conditions = {scheme::Condition{
      .test = scheme::Condition::Test::present, .at = at_header("x-kind"), .text = {}}};
  policy.event.conditions = conditions;
  const Step step = asked();
  std::string changed = step.ticket;
  changed[changed.find("x-kind")] = 'y';
  const Frame outcome = Frame().u8(1).u16(1).text16(digest);
  EXPECT_NE(resumed(step, step.ticket, outcome), "");
  EXPECT_EQ(resumed(step, changed, outcome), "");
}

/// Tickets that nobody writes, of a delivery that waits for its body to be identified by. Its
/// scheme has a second rule, which signs a header.
class StrangeProof : public testing::Test {
 protected:
  StrangeProof() {
    rules[0] = policy.rule;
    rules[1] = SamplePolicy().rule;
    rules[1].content = content;
    policy.source.identity_choice = policy::IdentityChoice::signed_content;
    policy::Policy made = policy.policy();
    policy.scheme.signatures = rules;
    gate.emplace(made, std::vector{std::string(sample_secret)});
    Request request = without_body(token_request(body));
    request.headers.emplace_back("x-extra", "more");
    const Step step = Way(*gate, body).begin(request);
    EXPECT_EQ(step.effect, EffectKind::supply_body);
    ticket = step.ticket;
  }
  std::string resumed(const std::string& changed, EffectKind effect, std::string_view outcome) {
    return gate->resume(resume_frame(changed, effect, body, outcome));
  }

  const std::string body = large_body(0);
  const std::array<scheme::Part, 1> content = {
      scheme::Part{.kind = scheme::PartKind::header, .text = "x-extra", .pointer = {}}};
  std::array<scheme::SignatureRule, 2> rules;
  TokenPolicy policy;
  std::optional<Gate> gate;
  std::string ticket;
};

TEST_F(StrangeProof, WithoutItsSignatureIsRefused) {
  EXPECT_NE(resumed(ticket, EffectKind::supply_body, ""), "");
  std::string changed = ticket;
  changed[changed.find("x-token")] = 'y';
  EXPECT_EQ(resumed(changed, EffectKind::supply_body, ""), "");
}

TEST_F(StrangeProof, ThatWaitsForAnotherEffectIsRefused) {
  for (const EffectKind effect : {EffectKind::claim, EffectKind::forward, EffectKind::enqueue}) {
    std::string changed = ticket;
    changed[2] = static_cast<char>(effect);
    EXPECT_EQ(resumed(changed, effect, Frame().u8(0).bytes()), "");
  }
}

TEST_F(StrangeProof, ByARuleThatHasNoKeyHasTheContentOfThatRule) {
  // A seal ends the ticket: its slot, its rule, its proof, and that it has no time.
  std::string changed = ticket;
  ASSERT_EQ(changed.substr(changed.size() - 5, 3), std::string(3, '\0'));
  changed[changed.size() - 3] = 1;
  EXPECT_EQ(claimed_key(*read_step(resumed(changed, EffectKind::supply_body, ""))),
            key_of(sha256("more")));
  changed[changed.find("x-extra")] = 'y';
  EXPECT_EQ(refusal(*read_step(resumed(changed, EffectKind::supply_body, ""))),
            std::pair(401, std::string("malformed_content")));
}

}  // namespace
}  // namespace postern::gate
