#include <gtest/gtest.h>

#include "gate_queue_support.h"

// Queue mode frame by frame, from the request to the queue: what is kept, what of it, and what the
// sender is told.

namespace postern::gate {
namespace {

using namespace testing_support;

constexpr std::string_view origin_a = "https://a.example/in";
constexpr std::string_view origin_b = "https://b.example/in";
/// A header of the sender's that goes on.
constexpr std::array<std::string_view, 1> of_orders = {"x-order"};
constexpr std::string_view origin_c = "https://c.example/in";

constexpr auto queue = policy::Deliver::queue;
constexpr auto proxy = policy::Deliver::proxy;

Request sample() { return sample_request(std::string(sample_body)); }

Gate gate_of(RoutesPolicy& policy) { return Gate(policy.policy(), {std::string(sample_secret)}); }

/// The ticket of the sample's message while the ledger is down.
std::string whole_ticket_of(RoutesPolicy& policy) {
  policy.source.on_ledger_down = policy::LedgerDown::queue;
  Gate gate = gate_of(policy);
  Way way(gate, std::string(sample_body));
  static_cast<void>(way.begin(sample()));
  return read_enqueue(way.go_on(unavailable)).ticket;
}

class Queue : public testing::Test {
 protected:
  RoutesPolicy policy;
};

// ---- the request --------------------------------------------------------------------------------

TEST_F(Queue, TellsTheSenderOnlyWhenTheEventIsKept) {
  policy.add(queue, {origin_a});
  Gate gate = gate_of(policy);
  Way way(gate, std::string(sample_body));
  const AcceptFields accept = read_accept(way.begin(sample()));
  EXPECT_EQ(accept.shard, "sample/0");
  EXPECT_EQ(accept.keys, std::vector{sample_key()});
  EXPECT_EQ(accept.operation, operation({.verb = 4}));
  const AnswerFields answer = read_answer(way.go_on(accepted));
  EXPECT_FALSE(answer.is_final);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "");
  const EnqueueFields enqueue = read_enqueue(way.go_on(""));
  EXPECT_FALSE(enqueue.is_whole);
  EXPECT_EQ(enqueue.shard, "sample/0");
  EXPECT_EQ(enqueue.keys, std::vector{sample_key()});
  for (const char outcome : {'\1', '\0'}) {  // What the queue loses, the store sends again.
    const auto end = read_end(*read_step(way.try_with(std::string(1, outcome))));
    EXPECT_EQ(end.effect, EffectKind::finish);
    EXPECT_EQ(end.record["verdict"], "accepted");
    EXPECT_EQ(end.record["status"], 200);
    EXPECT_EQ(end.record["event_key"], to_hex(sample_key()));
  }
  for (const std::string& malformed : {std::string(), std::string("\2"), std::string("\1\1")}) {
    EXPECT_EQ(way.try_with(malformed), "");
  }
}

TEST_F(Queue, GivesEachDestinationARowAndATicketOfItsOwn) {
  policy.add(queue, {origin_a, origin_b, origin_c});
  Gate gate = gate_of(policy);
  Way way(gate, std::string(sample_body));
  const std::vector keys = {sample_key(), key_of_destination(origin_b),
                            key_of_destination(origin_c)};
  const AcceptFields accept = read_accept(way.begin(sample()));
  EXPECT_EQ(accept.keys, keys);
  EXPECT_EQ(accept.operation, operation({.verb = 4}));
  static_cast<void>(way.go_on(accepted));
  EXPECT_EQ(read_enqueue(way.go_on("")).keys, keys);
  const std::vector<std::string> urls = {std::string(origin_a), std::string(origin_b),
                                         std::string(origin_c)};
  for (std::size_t i = 0; i < urls.size(); ++i) {
    Way run(gate, std::string(sample_body));
    EXPECT_EQ(read_ledger_effect(run.drive(accept.tickets[i])).key, keys[i]);
    EXPECT_EQ(read_forward(run.go_on(granted_after(0))).url, urls[i]);
    EXPECT_EQ(read_ledger_effect(run.go_on(origin_said(200))).key, keys[i]);
    EXPECT_EQ(read_end(run.go_on(stored)).record["destination"], urls[i]);
    Way other(gate, std::string(sample_body));
    static_cast<void>(other.drive(accept.tickets[i]));
    EXPECT_EQ(read_end(other.go_on(busy_7s)).record["destination"], urls[i]);
  }
}

TEST_F(Queue, AbsorbsWhatTheStoreHasAlready) {
  policy.add(queue, {origin_a});
  Gate gate = gate_of(policy);
  Way way(gate, std::string(sample_body));
  static_cast<void>(way.begin(sample()));
  const AnswerFields duplicate = read_answer(*read_step(way.try_with(duplicate_200)));
  EXPECT_TRUE(duplicate.is_final);
  EXPECT_EQ(duplicate.status, 200);
  const AnswerFields busy = read_answer(*read_step(way.try_with(busy_7s)));
  EXPECT_TRUE(busy.is_final);
  EXPECT_EQ(busy.status, 503);
  EXPECT_EQ(busy.headers.back(), (std::pair<std::string, std::string>("retry-after", "7")));
  for (const auto& malformed : {granted_after(0), stored, ignored, std::string(), std::string("\2"),
                                accepted + "x", accepted.substr(0, 20)}) {
    EXPECT_EQ(way.try_with(malformed), "");
  }
}

TEST_F(Queue, DoesWithALedgerThatIsDownWhatTheSourceSays) {
  policy.add(queue, {origin_a});
  for (const auto down : {policy::LedgerDown::closed, policy::LedgerDown::open}) {
    policy.source.on_ledger_down = down;
    Gate gate = gate_of(policy);
    Way way(gate, std::string(sample_body));
    static_cast<void>(way.begin(sample()));
    const AnswerFields answer = read_answer(way.go_on(unavailable));
    EXPECT_TRUE(answer.is_final);
    EXPECT_EQ(answer.status, 503);
    EXPECT_EQ(nlohmann::json::parse(answer.record)["reason"], "ledger_unavailable");
  }
  for (const auto deliver : {queue, proxy}) {
    RoutesPolicy queued;
    queued.add(deliver, {origin_a});
    queued.source.on_ledger_down = policy::LedgerDown::queue;
    Gate gate = gate_of(queued);
    Way way(gate, std::string(sample_body));
    static_cast<void>(way.begin(sample()));
    EXPECT_TRUE(read_enqueue(way.go_on(unavailable)).is_whole);
    const AnswerFields kept = read_answer(*read_step(way.try_with("\1")));
    EXPECT_TRUE(kept.is_final);
    EXPECT_EQ(kept.status, 200);
    EXPECT_EQ(nlohmann::json::parse(kept.record)["verdict"], "accepted");
    EXPECT_EQ(nlohmann::json::parse(kept.record)["ledger_was_down"], true);
    const AnswerFields lost = read_answer(*read_step(way.try_with(std::string(1, '\0'))));
    EXPECT_TRUE(lost.is_final);
    EXPECT_EQ(lost.status, 503);
    EXPECT_EQ(way.try_with("\2"), "");
    EXPECT_EQ(way.try_with(""), "");
  }
}

TEST_F(Queue, KeepsNothingOfARequestButWhatTheOriginGets) {
  // The whole signature is a header that only the gate may see.
  policy.rule.from = at_header("authorization");
  policy.scheme.headers = of_orders;
  policy.add(queue, {origin_a, origin_b});
  Gate gate = gate_of(policy);
  Request request = sample();
  const std::string signature = request.headers[1].second;
  request.query = "token=query-canary";
  request.headers = {{"authorization", signature},
                     {"content-type", "application/json"},
                     {"cookie", "session=cookie-canary"},
                     {"postern-key", "inbound-canary"},
                     {"proxy-authorization", "Bearer proxy-canary"},
                     {"x-forwarded-for", "forwarded-canary"},
                     {"x-elsewhere", "unlisted-canary"},
                     {"x-order", "goes-along"},
                     {"x-time", request.headers[2].second}};
  const Step step = Way(gate, std::string(sample_body)).begin(request);
  ASSERT_NE(step.ticket.find(signature), std::string::npos) << "the live ticket verifies with it";
  ASSERT_NE(step.ticket.find("query-canary"), std::string::npos);
  for (const std::string& ticket : read_accept(step).tickets) {
    EXPECT_NE(ticket.find("goes-along"), std::string::npos);
    EXPECT_EQ(ticket.find("canary"), std::string::npos);
    EXPECT_EQ(ticket.find("authorization"), std::string::npos);
    EXPECT_EQ(ticket.find(signature), std::string::npos);
    EXPECT_EQ(ticket.find("203.0.113.9"), std::string::npos);
    EXPECT_EQ(ticket.find(sample_body), std::string::npos);
  }
}

TEST_F(Queue, NeitherKeepsNorHandsOnATokenOfTheSender) {
  policy.rule.from = at_header("x-token");
  policy.scheme.headers = of_orders;
  policy.rule.algorithm = scheme::Algorithm::token;
  policy.rule.encoding = scheme::Encoding::text;
  policy.rule.content = {};
  policy.timestamp.unit = scheme::TimeUnit::none;
  policy.timestamp.from = {};
  Request request = sample();
  request.headers = {{"content-type", "application/json"},
                     {"x-order", "goes-along"},
                     {"x-token", std::string(sample_secret)}};
  const auto is_clean = [](const std::string& bytes) {
    return bytes.find("goes-along") != std::string::npos &&
           bytes.find("x-token") == std::string::npos &&
           bytes.find(sample_secret) == std::string::npos;
  };
  policy.add(queue, {origin_a, origin_b});
  Gate gate = gate_of(policy);
  Way way(gate, std::string(sample_body));
  const std::vector<std::string> tickets = read_accept(way.begin(request)).tickets;
  ASSERT_EQ(tickets.size(), 2U);
  EXPECT_TRUE(std::ranges::all_of(tickets, is_clean));
}

TEST_F(Queue, AsksTheStoreForNothingThatIsForged) {
  policy.add(queue, {origin_a, origin_b});
  policy.source.on_ledger_down = policy::LedgerDown::queue;
  Gate gate = gate_of(policy);
  const std::string genuine = begin_frame(sample());
  std::size_t refused = 0;
  for (std::size_t at = 0; at < genuine.size(); ++at) {
    for (const int change : {1, 2, 32, 128}) {
      std::string forged = genuine;
      forged[at] = static_cast<char>(forged[at] ^ change);
      const auto step = read_step(gate.begin(forged));
      if (!step.has_value() || step->effect != EffectKind::accept) {
        ++refused;
        // A body that the host says to have kept is the host's to hash.
        EXPECT_TRUE(!step.has_value() || step->effect == EffectKind::answer ||
                    step->effect == EffectKind::mac)
            << at;
        continue;
      }
      // Let in: only where nothing signed has changed.
      EXPECT_EQ(read_accept(*step).keys.front(), sample_key()) << "byte " << at;
      EXPECT_LT(at, genuine.size() - sample_body.size()) << "a byte of the body";
    }
  }
  EXPECT_GT(refused, genuine.size());
}

// ---- a whole delivery ---------------------------------------------------------------------------

TEST_F(Queue, HandsAWholeDeliveryToTheLedgerWhenThatIsBack) {
  for (const auto deliver : {queue, proxy}) {
    RoutesPolicy route;
    route.add(deliver, {origin_a});
    const std::string ticket = whole_ticket_of(route);
    Gate gate = gate_of(route);
    Way way(gate, std::string(sample_body));
    const AcceptFields accept = read_accept(way.drive(ticket));
    EXPECT_EQ(accept.keys, std::vector{sample_key()});
    EXPECT_EQ(accept.operation, operation({.verb = 4}));
    const auto step = [&](const std::string& outcome) { return *read_step(way.try_with(outcome)); };
    EXPECT_EQ(read_end(step(unavailable)).effect, EffectKind::retry_later);
    EXPECT_EQ(read_end(step(unavailable)).delay_ms, 30'000U);
    EXPECT_EQ(read_end(step(busy_7s)).delay_ms, 7000U);
    EXPECT_EQ(read_end(step(duplicate_200)).effect, EffectKind::finish);
    for (const std::string& outcome : {unavailable, busy_7s, duplicate_200}) {
      EXPECT_FALSE(read_end(step(outcome)).record.contains("destination")) << "it is for all";
    }
    EXPECT_EQ(way.try_with(stored), "");
    EXPECT_EQ(read_enqueue(way.go_on(accepted)).keys, std::vector{sample_key()});
    for (const char outcome : {'\1', '\0'}) {
      const EndFields end = read_end(step(std::string(1, outcome)));
      EXPECT_EQ(end.effect, EffectKind::finish);
      EXPECT_FALSE(end.record.contains("destination"));
    }
    // What was kept is driven as everything else.
    Way run(gate, std::string(sample_body));
    EXPECT_EQ(run.drive(accept.tickets.front()).effect, EffectKind::claim);
    EXPECT_EQ(read_forward(run.go_on(granted_after(0))).url, origin_a);
    const Step settling = run.go_on(origin_said(500));
    const std::uint32_t first_ms = deliver == queue ? 1000 : 10'000;  // The default's, for proxy.
    EXPECT_EQ(read_end(run.go_on(stored)).delay_ms, first_ms);
    EXPECT_EQ(settling.effect, EffectKind::release);
  }
}

}  // namespace
}  // namespace postern::gate
