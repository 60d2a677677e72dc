#include <set>

#include "gate_support.h"
#include "postern/gate/decision.h"
#include "postern/gate/record.h"

namespace postern::gate {
namespace {

using namespace testing_support;

/// The longest texts that a record can have, every byte of which is escaped.
TEST(Record, HasRoomForTheLongestOfEverything) {
  const std::string type(scheme::event_type_bytes_max, '"');
  const std::string name(128, '"');
  const std::string destination(70'000, '"');
  const std::string tenant(contract::tenant_bytes_max, '"');
  scheme::Scheme scheme;
  scheme.name = name;
  const std::array setting = {std::string_view(destination)};
  std::array<policy::Destination, 1> to;
  to[0].to.slot = 0;
  std::array<policy::Route, 1> routes;
  routes[0].to = to;
  policy::Source source;
  source.name = name;
  source.routes = routes;
  policy::Policy policy;
  policy.settings = setting;
  Configuration configuration;
  configuration.policy = &policy;
  LiveSource live;
  live.policy = &source;
  live.scheme = &scheme;
  Room arena;
  std::vector<char> room(record_bytes_max);
  Call call(configuration, arena.arena, {});
  call.source = &live;
  call.arrival.limit_was_down = true;
  call.arrival.tenant = tenant;
  call.arrival.delivery.received_ms = UINT64_MAX;
  call.arrival.delivery.body_bytes = UINT64_MAX;
  Facts& facts = call.facts;
  facts.is_authentic = true;
  facts.has_event = true;
  facts.seal = {.slot = UINT16_MAX, .rule = 0, .signed_at = INT64_MIN};
  facts.event.type = type;
  facts.event.hint.fill(std::byte{0x17});
  facts.sender_id = type;
  facts.grant = {.asked_at_ms = 0,
                 .epoch = UINT64_MAX,
                 .maybe_duplicate = true,
                 .is_copy = true,
                 .ledger_was_down = true};
  facts.sending.by = Sending::By::observation;
  facts.commit_failed = true;
  facts.release_failed = true;
  const Decision decision{.verdict = Verdict::handshake,
                          .reason = Reason::unforwardable_query,
                          .status = UINT16_MAX,
                          .origin_status = UINT16_MAX,
                          .retry_after_seconds = 0};
  const auto waited = nlohmann::json::parse(write_record(call, decision, room));
  EXPECT_EQ(waited["secret_slot"], UINT16_MAX);
  facts.is_run = true;
  facts.run.attempts = UINT16_MAX;
  facts.run.delay_ms = UINT32_MAX;
  facts.run.is_last_attempt = true;
  const auto record = nlohmann::json::parse(write_record(call, decision, room));
  EXPECT_FALSE(record.contains("proof")) << "it was proved when the event came";
  EXPECT_EQ(record["event_type"], type);
  EXPECT_EQ(record["source"], name);
  EXPECT_EQ(record["tenant"], tenant);
  EXPECT_EQ(record["destination"], destination.substr(0, 256));
  EXPECT_EQ(record["epoch"], "18446744073709551615");
  EXPECT_EQ(record["commit_failed"], true);
  EXPECT_EQ(record["copy"], true);
  EXPECT_EQ(record["content_key"], std::string(64, '0'));
  EXPECT_NE(record["event_key"], record["content_key"]);
}

TEST(Record, GivesTheAgeOfTheSignatureWithItsSign) {
  std::vector<char> room(record_bytes_max);
  const Configuration nothing;
  Room arena;
  Call call(nothing, arena.arena, {});
  call.arrival.delivery.received_ms = now_ms;
  const auto age = [&](std::int64_t signed_at) {
    call.facts.seal.signed_at = signed_at;
    return nlohmann::json::parse(write_record(call, {}, room))["signature_age_s"]
        .get<std::int64_t>();
  };
  const auto now = static_cast<std::int64_t>(now_ms / 1000);
  EXPECT_EQ(age(now), 0);
  EXPECT_EQ(age(now - 7), 7);
  EXPECT_EQ(age(now + 7), -7);
  EXPECT_EQ(age(-1), now + 1);
}

TEST(Record, SaysHowFarOffTheTimeOfAGenuineDeliveryIs) {
  SamplePolicy sample;
  Gate gate(sample.policy(), {std::string(sample_secret)});
  const auto record_of = [&](std::uint64_t received_ms, bool is_genuine) {
    Request request = sample_request(std::string(sample_body));
    request.at_ms = received_ms;
    if (!is_genuine) {
      request.headers[1].second = std::string(64, '0');
    }
    const auto step = read_step(gate.begin(begin_frame(request)));
    return nlohmann::json::parse(read_answer(*step).record);
  };
  // The window is 300 s back and 60 s ahead.
  const auto stale = record_of(now_ms + 301'000, true);
  EXPECT_EQ(stale["reason"], "stale");
  EXPECT_EQ(stale["signature_age_s"], 301);
  const auto future = record_of(now_ms - 61'000, true);
  EXPECT_EQ(future["reason"], "future");
  EXPECT_EQ(future["signature_age_s"], -61);
  const auto forged = record_of(now_ms + 301'000, false);
  EXPECT_EQ(forged["reason"], "bad_signature");
  EXPECT_FALSE(forged.contains("signature_age_s")) << "nobody has signed that time";
}

TEST(Record, NamesEveryVerdictAndEveryReasonOnce) {
  std::vector<char> room(record_bytes_max);
  const Configuration nothing;
  Room arena;
  const Call call(nothing, arena.arena, {});
  std::set<std::string> verdicts;
  std::set<std::string> reasons;
  for (int verdict = 0; verdict <= static_cast<int>(Verdict::failed); ++verdict) {
    for (int reason = 0; reason <= static_cast<int>(reason_last); ++reason) {
      const Decision decision{.verdict = static_cast<Verdict>(verdict),
                              .reason = static_cast<Reason>(reason)};
      const auto record = nlohmann::json::parse(write_record(call, decision, room));
      verdicts.insert(record["verdict"].get<std::string>());
      reasons.insert(record["reason"].get<std::string>());
    }
  }
  EXPECT_EQ(verdicts.size(), static_cast<std::size_t>(Verdict::failed) + 1);
  EXPECT_EQ(reasons.size(), static_cast<std::size_t>(reason_last) + 1);
  EXPECT_FALSE(verdicts.contains(""));
}

TEST(Refusals, HaveAStatusThatTellsWhoseFaultItWas) {
  for (int number = 1; number <= static_cast<int>(reason_last); ++number) {
    const auto reason = static_cast<Reason>(number);
    const bool is_authenticity = reason >= Reason::missing_signature && reason <= Reason::future &&
                                 reason != Reason::key_unavailable &&
                                 reason != Reason::crypto_unavailable;
    if (is_authenticity) {
      EXPECT_EQ(status_of(reason), 401) << name_of(reason);
    }
  }
  EXPECT_EQ(status_of(Reason::unknown_path), 404);
  EXPECT_EQ(status_of(Reason::wrong_method), 405);
  EXPECT_EQ(status_of(Reason::not_https), 403);
  EXPECT_EQ(status_of(Reason::body_too_large), 413);
  EXPECT_EQ(status_of(Reason::encoded_body), 415);
  EXPECT_EQ(status_of(Reason::malformed_identity), 400);
  EXPECT_EQ(status_of(Reason::lease_held), 503);
  EXPECT_EQ(status_of(Reason::ledger_unavailable), 503);
  EXPECT_EQ(status_of(Reason::origin_timed_out), 504);
}

/// Refusals of all kinds: the record says why, the sender sees a status and a reference.
TEST(Refusals, LookAlikeAndHoldNoSecretSignatureOrBody) {
  SamplePolicy sample;
  Gate gate(sample.policy(), {std::string(sample_secret)});
  const std::string body = R"({"id":"evt_1","type":"canary-body-text"})";
  const Request good = sample_request(body);
  std::vector<Request> requests(8, good);
  requests[0].headers[1].second = std::string(64, 'c');
  requests[1].headers[1].second = "canary-signature";
  requests[2].headers.pop_back();
  requests[3].at_ms += 3'600'000;
  requests[4].path = "/canary-path";
  requests[5].method = "DELETE";
  requests[6].flags = 0;
  requests[7].headers.push_back({"content-encoding", "gzip"});
  std::set<std::string> reasons;
  for (const Request& request : requests) {
    const auto step = read_step(gate.begin(begin_frame(request)));
    ASSERT_TRUE(step.has_value());
    ASSERT_EQ(step->effect, EffectKind::answer);
    const AnswerFields answer = read_answer(*step);
    EXPECT_TRUE(answer.is_final);
    EXPECT_TRUE(answer.body.empty());
    for (const auto& [name, value] : answer.headers) {
      EXPECT_TRUE(name == "postern-delivery" || name == "allow") << name;
    }
    const auto record = nlohmann::json::parse(answer.record);
    EXPECT_EQ(record["verdict"], "refused");
    reasons.insert(record["reason"].get<std::string>());
    const std::string frame = step->payload;
    for (const std::string& canary : {std::string(sample_secret), good.headers[1].second,
                                      requests[0].headers[1].second, std::string("canary")}) {
      EXPECT_EQ(frame.find(canary), std::string::npos) << canary;
    }
  }
  EXPECT_EQ(reasons.size(), requests.size());
}

/// No step of a delivery that is let in carries the secret: tickets travel through queues and logs.
TEST(Steps, NeverCarryASecret) {
  SamplePolicy sample;
  sample.names.emplace_back("FORWARD");
  sample.signers = {1};
  const std::string forward_secret = "Zm9yd2FyZC1jYW5hcnktc2VjcmV0LTAxMjM0NTY3ODk=";
  Gate gate(sample.policy(), {std::string(sample_secret), forward_secret});
  ASSERT_FALSE(gate.configured.empty());
  const std::string frame = gate.begin(begin_frame(sample_request(R"({"id":"evt_1","type":"a"})")));
  const auto claim = read_step(frame);
  ASSERT_TRUE(claim.has_value());
  ASSERT_EQ(claim->effect, EffectKind::claim);
  EXPECT_EQ(frame.find(sample_secret), std::string::npos);
  EXPECT_EQ(frame.find("forward-canary"), std::string::npos);
}

}  // namespace
}  // namespace postern::gate
