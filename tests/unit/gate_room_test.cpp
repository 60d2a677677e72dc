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
  if (step->effect == EffectKind::mac) {
    Reader reader(bytes_of(step->payload));
    const std::size_t macs = reader.u16();
    Frame outcome;
    outcome.u8(1).u16(macs);
    for (std::size_t i = 0; i < macs; ++i) {
      outcome.text16(std::string(32, 'm'));
    }
    const auto body = step->wants_body ? std::optional(request.body) : std::nullopt;
    step =
        read_step(gate.resume(resume_frame(step->ticket, EffectKind::mac, body, outcome.bytes())));
    ASSERT_TRUE(step.has_value());
  }
  ASSERT_EQ(step->effect, EffectKind::answer);
  EXPECT_GE(read_answer(*step).status, 400);
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

class Echo : public SamplePolicy {
 public:
  explicit Echo(scheme::Condition::Test test) {
    condition.test = test;
    condition.at = at_body(id_tokens);
    parts.fill({.kind = scheme::ReplyPartKind::value, .at = at_body(id_tokens)});
    scheme::Challenge challenge;
    challenge.proof = scheme::ChallengeProof::unsigned_probe;
    challenge.method = "POST";
    challenge.content_type = "text/plain";
    challenge.conditions = {&condition, 1};
    challenge.reply = parts;
    challenges.assign(1, challenge);
  }
  scheme::Condition condition;
  std::array<scheme::ReplyPart, scheme::reply_parts_max> parts;
};

TEST(Room, IsEnoughForAChallengeThatEchoesTheLongestTextInEveryPart) {
  using Test = scheme::Condition::Test;
  for (const Test test : {Test::digits, Test::token, Test::present}) {
    Echo sample(test);
    Gate gate(sample.policy(), {std::string(sample_secret)});
    constexpr std::size_t parts_count = scheme::reply_parts_max;
    const std::size_t most = scheme::challenge_text_bytes_max;
    for (const std::size_t digits :
         {most - 1, most, most + 1, std::size_t{4096}, std::size_t{5000}}) {
      const Request request = forged_request(R"({"id":")" + std::string(digits, '7') + "\"}");
      if (digits > most) {
        expect_refusal(gate, request);
        continue;
      }
      const auto step = read_step(gate.begin(begin_frame(request)));
      ASSERT_TRUE(step.has_value());
      ASSERT_EQ(step->effect, EffectKind::answer);
      const AnswerFields answer = read_answer(*step);
      EXPECT_EQ(answer.status, 200) << digits;
      EXPECT_EQ(answer.body.size(), parts_count * digits);
    }
  }
}

TEST(Room, IsEnoughForASignedSecretBesideTheLargestForm) {
  ManySecrets sample;
  std::vector<scheme::Part> parts(scheme::content_parts_max);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    parts[i].kind = i % 2 == 0 ? scheme::PartKind::secret : scheme::PartKind::timestamp;
  }
  parts[1].kind = scheme::PartKind::form_sorted;
  sample.rule.content = parts;
  sample.rule.ports = scheme::PortRule::either;
  sample.event.format = scheme::BodyFormat::any;
  Gate gate(sample.policy(), sample.values());
  for (const std::size_t bytes :
       {scheme::literal_bytes_max - 2000, scheme::literal_bytes_max + 1, large / 2}) {
    expect_refusal(gate, forged_request(form_of(1, bytes)));
    expect_refusal(gate, forged_request(form_of(256, bytes)));
  }
}

/// More places than any list of fields begins with, and one of them wanted by every route.
TEST(Room, IsEnoughForFiltersOnTheMostPlacesOfABody) {
  SamplePolicy sample;
  std::vector<std::string> names(policy::routes_max * (policy::filters_max - 1));
  std::vector<std::string_view> tokens(names.size());
  std::vector<policy::Filter> filters(policy::routes_max * policy::filters_max);
  const std::array values = {policy::FilterValue{json::Type::string, "never"}};
  std::string body = R"({"id":"evt_1","type":"a","long":")";
  for (int i = 0; i < 600; ++i) {
    body += "\\u0041";
  }
  body += '"';
  std::vector<policy::Route> routes(policy::routes_max, sample.route);
  constexpr std::array<std::string_view, 1> long_token = {"long"};
  for (std::size_t i = 0; i < filters.size(); ++i) {
    const std::size_t route = i / policy::filters_max;
    if (i % policy::filters_max == policy::filters_max - 1) {
      filters[i] = {.pointer = {long_token}, .values = values};
    } else {
      const std::size_t number = route * (policy::filters_max - 1) + i % policy::filters_max;
      names[number] = "name" + std::to_string(number);
      tokens[number] = names[number];
      filters[i] = {.pointer = {{&tokens[number], 1}}, .values = values};
      body += ",\"" + names[number] + R"(":"never")";
    }
    routes[route].filters =
        std::span(filters).subspan(route * policy::filters_max, policy::filters_max);
  }
  policy::Policy policy = sample.policy();
  sample.source.routes = routes;
  policy.sources = {&sample.source, 1};
  Gate gate(policy, {std::string(sample_secret)});
  auto step = read_step(gate.begin(begin_frame(sample_request(body + "}"))));
  ASSERT_TRUE(step.has_value());
  if (step->effect == EffectKind::mac) {
    const std::string mac =
        hmac(EVP_sha256(), sample_secret, std::to_string(now_ms / 1000) + "." + body + "}");
    step = read_step(gate.resume(resume_frame(step->ticket, EffectKind::mac, body + "}",
                                              Frame().u8(1).u16(1).text16(mac).bytes())));
    ASSERT_TRUE(step.has_value());
  }
  ASSERT_EQ(step->effect == EffectKind::answer, true);
  EXPECT_TRUE(read_answer(*step).record.contains("no_route"));
}

/// As many sources, secrets and rules as there may be, each reading the same long secret.
TEST(Room, OfAConfigurationIsEnoughForWhatShortFramesAskFor) {
  for (const std::size_t secret_bytes : {std::size_t{40}, scheme::secret_text_bytes_max}) {
    ManySecrets sample;
    policy::Policy policy = sample.policy();
    std::vector<scheme::SignatureRule> rules(scheme::signature_rules_max, sample.rule);
    for (std::size_t i = 0; i < rules.size(); ++i) {
      rules[i].format = scheme::BodyFormat::json;
    }
    sample.scheme.signatures = rules;
    std::vector<policy::Source> sources(policy::sources_max, sample.source);
    std::vector<std::string> paths(sources.size());
    for (std::size_t i = 0; i < sources.size(); ++i) {
      paths[i] = "/" + std::string(policy::path_bytes_max - 5, 'p') + std::to_string(1000 + i);
      sources[i].path = paths[i];
    }
    policy.sources = sources;
    const Gate gate(policy,
                    std::vector<std::string>(sample.names.size(), std::string(secret_bytes, 'k')));
    Reader reader(bytes_of(gate.configured));
    EXPECT_EQ(reader.u8(), abi_version);
    static_cast<void>(reader.u32());
    EXPECT_EQ(reader.u16(), sources.size());
  }
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
  EXPECT_EQ(step->effect, EffectKind::claim);
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
  const std::string name(policy::name_bytes_max, 'n');
  sample.source.name = name;
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
