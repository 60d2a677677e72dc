#include <gtest/gtest.h>

#include "gate_queue_support.h"
#include "postern/gate/ticket.h"

// Stored tickets outlive policies: what becomes of them under another one.

namespace postern::gate {
namespace {

using namespace testing_support;

constexpr std::string_view origin_a = "https://a.example/in";
constexpr std::string_view origin_b = "https://b.example/in";
constexpr std::string_view origin_c = "https://c.example/in";

constexpr auto queue = policy::Deliver::queue;
constexpr auto proxy = policy::Deliver::proxy;

Request sample() { return sample_request(std::string(sample_body)); }

class PolicyChange : public testing::Test {
 protected:
  /// The tickets that the policy of then stores of the sample, one for each destination.
  std::vector<std::string> stored_tickets() {
    Gate gate(before.policy(), {std::string(sample_secret)});
    return read_accept(Way(gate, std::string(sample_body)).begin(sample())).tickets;
  }

  std::string whole_ticket() {
    before.source.on_ledger_down = policy::LedgerDown::queue;
    Gate gate(before.policy(), {std::string(sample_secret)});
    Way way(gate, std::string(sample_body));
    static_cast<void>(way.begin(sample()));
    return read_enqueue(way.go_on(unavailable)).ticket;
  }

  /// Where today's policy forwards the stored delivery to, and that it stays with its row; "" when
  /// it has no place for it, which the ledger is told.
  std::string destination_of(const std::string& ticket, const std::string& key) {
    Gate gate(now.policy(), {std::string(sample_secret)});
    Way way(gate, std::string(sample_body));
    Step step = way.drive(ticket);
    if (step.effect == EffectKind::supply_body) {
      step = way.go_on("");
    }
    EXPECT_EQ(read_ledger_effect(step).key, key);
    step = way.go_on(granted_after(0));
    std::string url;
    if (step.effect == EffectKind::forward) {
      url = read_forward(step).url;
      step = way.go_on(origin_said(500));
    }
    EXPECT_EQ(step.effect, EffectKind::release);
    EXPECT_EQ(read_ledger_effect(step).key, key);
    EXPECT_EQ(read_ledger_effect(step).operation[1], '\6') << "the ledger keeps it";
    const EndFields end = read_end(way.go_on(stored));
    EXPECT_EQ(end.effect, EffectKind::retry_later);
    EXPECT_EQ(end.record["reason"], url.empty() ? "no_route" : "origin_error");
    EXPECT_EQ(end.record.value("destination", ""), url);
    return url;
  }

  RoutesPolicy before;
  RoutesPolicy now;
};

TEST_F(PolicyChange, MovesARoute) {
  before.add(queue, {origin_a});
  constexpr std::array<std::string_view, 1> others = {"other.*"};
  now.add(queue, {origin_b}).events = others;
  now.add(proxy, {origin_a});
  EXPECT_EQ(destination_of(stored_tickets()[0], sample_key()), origin_a);
}

TEST_F(PolicyChange, ReordersDestinationsThatKeepTheirRows) {
  before.add(queue, {origin_a, origin_b, origin_c});
  now.add(queue, {origin_c, origin_a, origin_b});
  const auto tickets = stored_tickets();
  EXPECT_EQ(destination_of(tickets[0], sample_key()), origin_a);
  EXPECT_EQ(destination_of(tickets[1], key_of_destination(origin_b)), origin_b);
  EXPECT_EQ(destination_of(tickets[2], key_of_destination(origin_c)), origin_c);
}

TEST_F(PolicyChange, TakesDestinationsAway) {
  before.add(queue, {origin_a, origin_b, origin_c});
  now.add(queue, {origin_c});
  const auto tickets = stored_tickets();
  EXPECT_EQ(destination_of(tickets[0], sample_key()), "");
  EXPECT_EQ(destination_of(tickets[1], key_of_destination(origin_b)), "");
  EXPECT_EQ(destination_of(tickets[2], key_of_destination(origin_c)), origin_c);
}

TEST_F(PolicyChange, AddsADestination) {
  before.add(queue, {origin_a});
  now.add(queue, {origin_b, origin_a});
  EXPECT_EQ(destination_of(stored_tickets()[0], sample_key()), origin_a);
}

TEST_F(PolicyChange, RenamesTheOnlyDestination) {
  before.add(queue, {origin_a});
  now.add(queue, {origin_b});
  EXPECT_EQ(destination_of(stored_tickets()[0], sample_key()), origin_b);
}

// A signed query goes with the delivery, and today's address may have a query of its own.
TEST_F(PolicyChange, ForwardsNoQueryThatRepeatsAName) {
  std::array content = {before.content[0], before.content[1], before.content[2],
                        scheme::Part{.kind = scheme::PartKind::query, .text = {}, .pointer = {}}};
  before.rule.content = now.rule.content = content;
  before.add(queue, {origin_a});
  now.add(queue, {"https://a.example/in?tenant=7"});
  const std::string body(sample_body);
  for (const std::string query : {"order=8", "tenant=8"}) {
    Request request = sample();
    request.query = query;
    request.headers[1].second = to_hex(
        hmac(EVP_sha256(), sample_secret, std::to_string(now_ms / 1000) + "." + body + query));
    Gate old_gate(before.policy(), {std::string(sample_secret)});
    const std::string ticket = read_accept(Way(old_gate, body).begin(request)).tickets.front();
    Gate gate(now.policy(), {std::string(sample_secret)});
    Way way(gate, body);
    static_cast<void>(way.drive(ticket));
    const Step step = way.go_on(granted_after(0));
    if (query == "order=8") {
      EXPECT_EQ(read_forward(step).url, "https://a.example/in?tenant=7&order=8");
      continue;
    }
    ASSERT_EQ(step.effect, EffectKind::release);
    EXPECT_EQ(read_end(way.go_on(stored)).record["reason"], "unforwardable_query");
  }
}

TEST_F(PolicyChange, NeverTakesOneOfSeveralDestinationsForAnother) {
  before.add(queue, {origin_a, origin_b});
  now.add(queue, {origin_c, origin_b});
  const auto tickets = stored_tickets();
  EXPECT_EQ(destination_of(tickets[0], sample_key()), "");
  EXPECT_EQ(destination_of(tickets[1], key_of_destination(origin_b)), origin_b);
}

TEST_F(PolicyChange, LosesTheRoute) {
  before.add(queue, {origin_a, origin_b});
  constexpr std::array<std::string_view, 1> others = {"other.*"};
  now.add(queue, {origin_a}).events = others;
  EXPECT_EQ(destination_of(stored_tickets()[1], key_of_destination(origin_b)), "");
}

TEST_F(PolicyChange, AnswersWhatItForwardedBefore) {
  before.add(queue, {origin_a});
  now.add_answer();
  EXPECT_EQ(destination_of(stored_tickets()[0], sample_key()), "");
}

TEST_F(PolicyChange, LosesTheSource) {
  before.add(queue, {origin_a, origin_b});
  now.add(queue, {origin_a, origin_b});
  now.source.name = "renamed";
  const auto tickets = stored_tickets();
  EXPECT_EQ(destination_of(tickets[0], sample_key()), "");
  EXPECT_EQ(destination_of(tickets[1], key_of_destination(origin_b)), "");
}

TEST_F(PolicyChange, AsksForTheBodyWhereAFilterReadsIt) {
  before.add(queue, {origin_a});
  constexpr std::array<std::string_view, 1> tokens = {"id"};
  constexpr std::array values = {policy::FilterValue{.type = json::Type::string, .text = "evt_1"}};
  const std::array filters = {policy::Filter{.pointer = {tokens}, .values = values}};
  constexpr std::array others = {policy::FilterValue{.type = json::Type::string, .text = "evt_2"}};
  const std::array other_filters = {policy::Filter{.pointer = {tokens}, .values = others}};
  now.add(queue, {origin_b}).filters = other_filters;
  now.add(queue, {origin_a}).filters = filters;
  const std::string ticket = stored_tickets()[0];
  Gate gate(now.policy(), {std::string(sample_secret)});
  Way way(gate, std::string(sample_body));
  const Step ask = way.drive(ticket);
  EXPECT_EQ(ask.effect, EffectKind::supply_body);
  EXPECT_TRUE(ask.wants_body);
  EXPECT_EQ(destination_of(ticket, sample_key()), origin_a);
}

/// A host may bring the body at once; then nobody asks for it.
TEST_F(PolicyChange, TakesABodyThatComesUnasked) {
  constexpr std::array<std::string_view, 1> tokens = {"id"};
  const std::array values = {policy::FilterValue{json::Type::string, "evt_1"}};
  const std::array filters = {policy::Filter{.pointer = {tokens}, .values = values}};
  before.add(queue, {origin_a});
  now.add(queue, {origin_a}).filters = filters;
  const std::string ticket = stored_tickets()[0];
  Gate gate(now.policy(), {std::string(sample_secret)});
  const auto step = read_step(gate.resume(resume_frame(
      ticket, EffectKind::retry_later, std::string(sample_body), std::string(16, 'o'))));
  ASSERT_EQ(step.value().effect, EffectKind::claim);
  EXPECT_EQ(read_ledger_effect(*step).key, sample_key());
}

TEST_F(PolicyChange, GivesUpWhatHasHadNoPlaceForTooLong) {
  before.add(queue, {origin_a});
  now.add_answer();
  const std::string ticket = stored_tickets()[0];
  Gate gate(now.policy(), {std::string(sample_secret)});
  Way way(gate, std::string(sample_body));
  static_cast<void>(way.drive(ticket));
  const Step bury = way.go_on(granted_after(19));  // The default's twentieth attempt.
  EXPECT_EQ(read_ledger_effect(bury).operation[1], '\7');
  EXPECT_EQ(read_end(way.go_on(stored)).effect, EffectKind::dead_letter);
}

TEST_F(PolicyChange, GivesAWholeDeliveryToAllThatItNames) {
  before.add(queue, {origin_a});
  now.add(queue, {origin_b, origin_a});
  Gate gate(now.policy(), {std::string(sample_secret)});
  Way way(gate, std::string(sample_body));
  const AcceptFields accept = read_accept(way.drive(whole_ticket()));
  EXPECT_EQ(accept.keys, (std::vector{sample_key(), key_of_destination(origin_a)}));

  // Also where none of them is one of then: it has no row yet that could be taken for another.
  RoutesPolicy others;
  others.add(queue, {origin_b, origin_c});
  Gate other_gate(others.policy(), {std::string(sample_secret)});
  Way other_way(other_gate, std::string(sample_body));
  EXPECT_EQ(read_accept(other_way.drive(whole_ticket())).keys,
            (std::vector{sample_key(), key_of_destination(origin_c)}));
}

TEST_F(PolicyChange, KeepsAWholeDeliveryWithoutAPlaceInTheQueue) {
  before.add(queue, {origin_a, origin_b});
  const std::string ticket = whole_ticket();
  now.add_answer();
  Gate answering(now.policy(), {std::string(sample_secret)});
  now.source.name = "renamed";
  Gate renamed(now.policy(), {std::string(sample_secret)});
  for (Gate* gate : {&answering, &renamed}) {
    Way way(*gate, std::string(sample_body));
    const EndFields end = read_end(way.drive(ticket));
    EXPECT_EQ(end.effect, EffectKind::retry_later);
    EXPECT_EQ(end.record["reason"], "no_route");
  }
}

// A queue gives a message up after 100 deliveries of it, and this one is nowhere else.
TEST_F(PolicyChange, AndAnOutageAreOutlastedByAWholeDelivery) {
  constexpr int retries_of_the_queue = 100;
  constexpr std::uint64_t day_ms = 86'400'000;
  before.add(queue, {origin_a});
  const std::string ticket = whole_ticket();
  Gate gate(before.policy(), {std::string(sample_secret)});
  std::uint64_t at_ms = now_ms;
  std::uint32_t last_ms = 0;
  for (int i = 0; i < retries_of_the_queue; ++i) {
    Way way(gate, std::string(sample_body));
    way.at_ms = at_ms;
    static_cast<void>(way.drive(ticket));
    const EndFields end = read_end(way.go_on(unavailable));
    ASSERT_EQ(end.effect, EffectKind::retry_later);
    EXPECT_GE(end.delay_ms, 30'000U);
    EXPECT_GE(end.delay_ms, last_ms);
    EXPECT_LE(end.delay_ms, 43'200'000U);
    last_ms = end.delay_ms;
    at_ms += end.delay_ms;
  }
  EXPECT_GT(at_ms - now_ms, 3 * day_ms);
}

/// Tickets that a queue could bring, and the effect that each waits for.
TEST_F(PolicyChange, NeverTrapsOnATicketThatWasChanged) {
  before.add(queue, {origin_a, origin_b});
  before.add(proxy, {origin_c});
  before.add_answer();
  Gate gate(before.policy(), {std::string(sample_secret)});
  Gate other(
      [&]() -> policy::Policy {
        now.add(queue, {origin_b});
        now.add_answer();
        return now.policy();
      }(),
      {std::string(sample_secret)});
  std::vector<std::string> tickets = stored_tickets();
  {
    Way way(gate, std::string(sample_body));
    tickets.push_back(way.drive(tickets[1]).ticket);
    tickets.push_back(way.go_on(granted_after(2)).ticket);
    tickets.push_back(way.go_on(origin_said(500)).ticket);
  }
  const std::string token(16, 'o');
  for (const std::string& ticket : tickets) {
    ASSERT_FALSE(ticket.empty());
    for (std::size_t state = 1; state <= static_cast<std::size_t>(StateNumber::taking); ++state) {
      std::string of_state = ticket;
      of_state[1] = static_cast<char>(state);
      for (std::size_t at = 1 + state % 3; at < ticket.size(); at += 3) {
        std::string changed = of_state;
        changed[at] = static_cast<char>(changed[at] ^ (at % 2 == 0 ? 1 : 0x82));
        for (const auto& [effect, outcome] : {std::pair(EffectKind::retry_later, token),
                                              std::pair(EffectKind::claim, granted_after(2)),
                                              std::pair(EffectKind::accept, accepted),
                                              std::pair(EffectKind::enqueue, std::string("\1")),
                                              std::pair(EffectKind::release, stored),
                                              std::pair(EffectKind::forward, std::string("\3")),
                                              std::pair(EffectKind::accept, unavailable),
                                              std::pair(EffectKind::answer, std::string())}) {
          changed[2] = static_cast<char>(effect);
          static_cast<void>(gate.resume(resume_frame(changed, effect, {}, outcome)));
          static_cast<void>(other.resume(resume_frame(changed, effect, {}, outcome)));
        }
      }
    }
  }
}

}  // namespace
}  // namespace postern::gate
