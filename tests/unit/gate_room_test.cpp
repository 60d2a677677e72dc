#include <gtest/gtest.h>

#include "gate_support.h"

// The room of a call is sized by its frame: nothing that a stranger sends, however it is made, may
// run out of it. A machine that runs out traps, which ends this program.

namespace postern::gate {
namespace {

using namespace testing_support;

constexpr std::size_t large = std::size_t{1} << 20;

/// Most escapes of six characters in a body that the sample policy lets in.
constexpr std::size_t escapes_max = large / 6 - 100;

/// The sample policy with eight secrets, so that everything is tried eight times.
class ManySecrets : public SamplePolicy {
 public:
  ManySecrets() {
    names.resize(policy::source_secrets_max, "SECRET");
    for (std::size_t i = 0; i < all_slots.size(); ++i) {
      all_slots[i] = static_cast<std::uint16_t>(i);
    }
    source.secrets = all_slots;
    source.url.text = "https://hooks.example.com/hook";
  }
  [[nodiscard]] std::vector<std::string> values() const {
    std::vector<std::string> made;
    for (std::size_t i = 0; i < names.size(); ++i) {
      made.push_back(std::string(sample_secret) + std::to_string(i));
    }
    return made;
  }
  std::array<std::uint16_t, policy::source_secrets_max> all_slots{};
};

/// A delivery with a signature that has the right form and is wrong.
Request forged_request(const std::string& body) {
  Request request = sample_request(body);
  request.headers[1].second = std::string(64, '0');
  return request;
}

/// Refused at once, or as soon as the host has hashed a long body.
void expect_refusal(Gate& gate, const Request& request) {
  auto step = read_step(gate.begin(begin_frame(request)));
  ASSERT_TRUE(step.has_value());
  if (step->effect == Effect::mac) {
    Reader reader(bytes_of(step->payload));
    const std::size_t macs = reader.u16();
    Frame outcome;
    outcome.u8(1).u16(macs);
    for (std::size_t i = 0; i < macs; ++i) {
      outcome.text16(std::string(32, 'm'));
    }
    const auto body = step->wants_body ? std::optional(request.body) : std::nullopt;
    step = read_step(gate.resume(resume_frame(step->ticket, Effect::mac, body, outcome.bytes())));
    ASSERT_TRUE(step.has_value());
  }
  EXPECT_EQ(step->effect, Effect::answer);
}

std::string form_of(std::size_t fields, std::size_t bytes) {
  std::string body;
  for (std::size_t i = 0; i < fields; ++i) {
    body += (i == 0 ? "" : "&") + std::to_string(i) + "=" + std::string(bytes / fields, 'x');
  }
  return body;
}

class SortedForm : public ManySecrets {
 public:
  SortedForm() {
    parts[0].kind = scheme::PartKind::url;
    parts[1].kind = scheme::PartKind::form_sorted;
    parts[2].kind = scheme::PartKind::timestamp;
    rule.content = parts;
    rule.ports = scheme::PortRule::either;
    event.format = scheme::BodyFormat::any;
    source.body_bytes_max = 2 * large;
  }
  std::array<scheme::Part, 3> parts;
};

TEST(Room, IsEnoughForALargeFormThatIsTriedWithManySecrets) {
  SortedForm sample;
  Gate gate(sample.policy(), sample.values());
  expect_refusal(gate, forged_request(form_of(4, large)));
}

TEST(Room, IsEnoughForTheMostFieldsThatAreTriedWithManySecrets) {
  SortedForm sample;
  Gate gate(sample.policy(), sample.values());
  expect_refusal(gate, forged_request(form_of(256, 256)));
  expect_refusal(gate, forged_request(form_of(256, large)));
  // The limit of a sorted form, from below.
  expect_refusal(gate, forged_request(form_of(200, scheme::literal_bytes_max - 2000)));
}

TEST(Room, IsEnoughForASignedFieldFullOfEscapes) {
  ManySecrets sample;
  std::vector<scheme::Part> parts(scheme::content_parts_max);
  for (scheme::Part& part : parts) {
    part.kind = scheme::PartKind::field;
    part.pointer = {sample.id_tokens};
  }
  parts[0].kind = scheme::PartKind::timestamp;
  sample.rule.content = parts;
  Gate gate(sample.policy(), sample.values());
  for (const std::size_t escapes : {std::size_t{600}, std::size_t{4000}, escapes_max}) {
    std::string body = R"({"id":")";
    for (std::size_t i = 0; i < escapes; ++i) {
      body += "\\u0041";
    }
    expect_refusal(gate, forged_request(body + R"(","type":"a"})"));
  }
}

TEST(Room, IsEnoughForAProbeWithManyConditionsOnALongField) {
  SamplePolicy sample;
  std::array<scheme::Condition, scheme::conditions_max> conditions;
  for (scheme::Condition& condition : conditions) {
    condition.test = scheme::Condition::Test::present;
    condition.at = at_body(sample.id_tokens);
  }
  conditions.back().test = scheme::Condition::Test::absent;
  scheme::Challenge challenge;
  challenge.proof = scheme::ChallengeProof::unsigned_probe;
  challenge.method = "POST";
  challenge.conditions = conditions;
  sample.challenges.assign(scheme::challenges_max, challenge);
  Gate gate(sample.policy(), {std::string(sample_secret)});
  std::string body = R"({"id":")";
  for (std::size_t i = 0; i < escapes_max; ++i) {
    body += "\\u0041";
  }
  expect_refusal(gate, forged_request(body + R"(","type":"a"})"));
}

TEST(Room, IsEnoughForAProbeWithManyConditionsOnJsonInAForm) {
  SamplePolicy sample;
  std::array<scheme::Condition, scheme::conditions_max> conditions;
  for (scheme::Condition& condition : conditions) {
    condition.test = scheme::Condition::Test::present;
    condition.at = at_body(sample.id_tokens);
    condition.at.place = scheme::Place::form;
    condition.at.name = "payload";
  }
  conditions.back().test = scheme::Condition::Test::absent;
  scheme::Challenge challenge;
  challenge.proof = scheme::ChallengeProof::unsigned_probe;
  challenge.method = "POST";
  challenge.conditions = conditions;
  sample.challenges.assign(scheme::challenges_max, challenge);
  Gate gate(sample.policy(), {std::string(sample_secret)});
  std::string body = R"(payload={"id":")";
  for (std::size_t i = 0; i < escapes_max; ++i) {
    body += "\\u0041";
  }
  expect_refusal(gate, forged_request(body + R"("})"));
}

TEST(Room, IsEnoughForTheLongestQueryThatIsReadManyTimes) {
  ManySecrets sample;
  sample.rule.from.place = scheme::Place::query;
  std::array<scheme::Condition, scheme::conditions_max> conditions;
  for (scheme::Condition& condition : conditions) {
    condition.test = scheme::Condition::Test::present;
    condition.at = sample.rule.from;
  }
  conditions.back().test = scheme::Condition::Test::absent;
  scheme::Challenge challenge;
  challenge.proof = scheme::ChallengeProof::unsigned_probe;
  challenge.method = "POST";
  challenge.conditions = conditions;
  sample.challenges.assign(scheme::challenges_max, challenge);
  Gate gate(sample.policy(), sample.values());
  Request request = forged_request(std::string(sample_body));
  request.query = "x-signature=" + std::string(http::query_bytes_max - 12, '0');
  expect_refusal(gate, request);
}

TEST(Room, IsEnoughForTheMostHeadersAndTheLongestPath) {
  SamplePolicy sample;
  Gate gate(sample.policy(), {std::string(sample_secret)});
  Request request = sample_request(std::string(sample_body));
  for (int i = 0; i < 60; ++i) {
    request.headers.emplace_back("x-" + std::to_string(100 + i), std::string(20, 'v'));
  }
  request.query = std::string(http::query_bytes_max, 'q');
  const auto step = read_step(gate.begin(begin_frame(request)));
  ASSERT_TRUE(step.has_value());
  EXPECT_EQ(step->effect, Effect::claim);
  for (const std::size_t count : {129U, 1024U}) {
    request.headers.assign(count, {"x-a", "b"});
    expect_refusal(gate, request);
  }
  request.headers.assign(1025, {"x-a", "b"});
  EXPECT_EQ(gate.begin(begin_frame(request)), "") << "more than a host lets through";
}

// What is kept of headers, query and the rest is bounded one by one; together they fit a ticket.
TEST(Room, OfATicketIsEnoughForTheLongestOfEverything) {
  SamplePolicy sample;
  Gate gate(sample.policy(), {std::string(sample_secret)});
  const std::string body =
      R"({"id":")" + std::string(256, 'i') + R"(","type":")" + std::string(128, 't') + "\"}";
  for (std::size_t extra = 2000; extra < 2600; ++extra) {
    Request request = sample_request(body);
    request.query = std::string(http::query_bytes_max, 'q');
    request.headers.emplace_back("x-long", std::string(extra, 'v'));
    const auto step = read_step(gate.begin(begin_frame(request)));
    ASSERT_TRUE(step.has_value());
  }
}

}  // namespace
}  // namespace postern::gate
