#include <gtest/gtest.h>

#include <array>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "postern/gate/permit.h"
#include "postern/gate/ticket.h"

namespace postern::gate {
namespace {

/// A policy of today in which a delivery is: one source of two signature rules, with a route to one
/// destination.
struct Today {
  static constexpr std::uint32_t policy_id = 7;

  policy::Source source;
  scheme::Scheme scheme;
  std::array<scheme::SignatureRule, 2> rules;
  std::array<policy::Destination, 1> to;
  std::array<policy::Route, 1> routes;
  std::array<LiveDestination, 1> destinations = {{{.url = "https://a.example", .signers = {}}}};
  std::array<std::span<const LiveDestination>, 1> of_routes = {destinations};
  LiveSource live;
  Configuration configuration;
  std::vector<std::byte> storage = std::vector<std::byte>(std::size_t{1} << 20);
  Arena arena{storage};

  Today() {
    source.name = "orders";
    scheme.signatures = rules;
    routes[0].to = to;
    routes[0].kind = policy::RouteKind::forward;
    source.routes = routes;
    live.policy = &source;
    live.scheme = &scheme;
    live.destinations = of_routes;
    configuration.sources = {&live, 1};
    configuration.policy_id = policy_id;
  }
};

class TicketsOfStates : public testing::Test {
 protected:
  TicketsOfStates() {
    ticket.arrival.policy_id = Today::policy_id;
    ticket.arrival.source_number = 0;
    ticket.arrival.delivery.method = "POST";
    ticket.facts.seal = {.slot = 0, .rule = 1, .proof = scheme::Proof::signature, .signed_at = {}};
    ticket.facts.run.source_name = "orders";
  }

  std::string bytes_in(StateNumber state, bool is_run) {
    std::array<std::byte, ticket_bytes_max> room;
    Ticket written = ticket;
    written.head = {.state = state, .awaits = EffectKind::supply_body};
    written.facts.is_run = is_run;
    return std::string(text_of(encode_ticket(written, room)));
  }
  bool is_taken(const std::string& bytes) {
    Call call(today.configuration, today.arena, {});
    return decode_ticket(bytes_of(bytes), call);
  }
  std::set<StateNumber> taken(bool is_run) {
    std::set<StateNumber> states;
    for (int number = 1; number <= static_cast<int>(StateNumber::taking); ++number) {
      const auto state = static_cast<StateNumber>(number);
      if (is_taken(bytes_in(state, is_run))) {
        states.insert(state);
      }
    }
    return states;
  }

  Today today;
  Ticket ticket;
};

using enum StateNumber;
using States = std::set<StateNumber>;

const States of_senders = {arrived,    verifying, identifying, admitting, claiming,
                           forwarding, settling,  accepting,   accepted,  entrusting};
const States of_runs = {forwarding, settling, accepting, accepted, owed, rerouting, taking};

TEST_F(TicketsOfStates, AreOfADeliveryThatCanBeInTheirState) {
  EXPECT_EQ(taken(false), of_senders);
  EXPECT_EQ(taken(true), of_runs);
}

TEST_F(TicketsOfStates, OfASourceThatIsGoneAreOfRunsOnly) {
  ticket.arrival.source_number = no_number;
  EXPECT_EQ(taken(false), States());
  EXPECT_EQ(taken(true), (States{settling, owed, taking}));
  ticket.arrival.source_number = 1;
  EXPECT_EQ(taken(false), States());
  EXPECT_EQ(taken(true), States{owed});
}

TEST_F(TicketsOfStates, OfAnotherPolicyAreOwedOnes) {
  ticket.arrival.policy_id = 8;
  EXPECT_EQ(taken(false), States());
  EXPECT_EQ(taken(true), States{owed});
}

TEST_F(TicketsOfStates, OfARoutedEventHaveAPlaceOfToday) {
  for (const auto& [route, destination] : {std::pair(1, 0), std::pair(0, 1)}) {
    ticket.facts.place.route = static_cast<std::uint16_t>(route);
    ticket.facts.place.destination = static_cast<std::uint8_t>(destination);
    EXPECT_EQ(taken(true), (States{settling, owed, rerouting, taking}));
    // What is not routed yet says nothing of a place.
    EXPECT_EQ(taken(false), (States{arrived, verifying, identifying, settling}));
  }
}

TEST_F(TicketsOfStates, OfASenderHaveAProofByARuleOfToday) {
  ticket.facts.seal.rule = 2;
  EXPECT_EQ(taken(false), (States{arrived, verifying}));
  EXPECT_EQ(taken(true), of_runs);
  ticket.facts.seal.proof = scheme::Proof::none;
  EXPECT_EQ(taken(false), (States{arrived, verifying}));
  ticket.facts.seal.rule = 0;  // As of what was refused.
  EXPECT_EQ(taken(false), of_senders);
}

// A state is one byte of a ticket: no other state may be made of what one knows.
TEST_F(TicketsOfStates, HaveThePartsThatTheirStateKnows) {
  std::map<StateNumber, int> parts;
  for (const StateNumber state : of_senders) {
    parts[state] = 2;  // A proof and an event.
  }
  parts[arrived] = parts[verifying] = 0;
  parts[identifying] = 1;
  parts[forwarding] = 3;  // And what is being sent, and the decision.
  parts[settling] = 4;    // And the decision.
  for (const StateNumber from : of_senders) {
    for (const StateNumber to : of_senders) {
      std::string bytes = bytes_in(from, false);
      bytes[1] = static_cast<char>(to);
      EXPECT_EQ(is_taken(bytes), parts[from] == parts[to])
          << static_cast<int>(from) << " as " << static_cast<int>(to);
    }
  }
}

/// A delivery of a source of today that observes, or enforces.
class Observers : public testing::Test {
 protected:
  Observers() {
    today.source.mode = policy::Mode::observe;
    call.source = &today.live;
    call.arrival.delivery.method = "POST";
  }
  bool may_forward(const Decision& decision) { return Observed::make(call, decision).has_value(); }

  Today today;
  Call call{today.configuration, today.arena, {}};
  Decision refused{.verdict = Verdict::refused, .reason = Reason::bad_signature, .status = 401};
};

TEST_F(Observers, ForwardWhatIsRefused) { EXPECT_TRUE(may_forward(refused)); }

TEST_F(Observers, AreNoSourcesThatEnforce) {
  today.source.mode = policy::Mode::enforce;
  EXPECT_FALSE(may_forward(refused));
}

TEST_F(Observers, ForwardNoMethodThatIsNoDeliverys) {
  call.arrival.delivery.method = "GET";
  EXPECT_FALSE(may_forward(refused));
}

TEST_F(Observers, ForwardNothingThatAQueueHas) {
  EXPECT_FALSE(may_forward({.verdict = Verdict::accepted, .status = 200}));
}

TEST_F(Observers, ForwardNothingToABadDestinationOrToNone) {
  today.live.problem = SourceProblem::bad_destination;
  EXPECT_FALSE(may_forward(refused));
  today.live.problem = SourceProblem::bad_secret;
  EXPECT_TRUE(may_forward(refused));
  today.routes[0].kind = policy::RouteKind::answer;
  EXPECT_FALSE(may_forward(refused));
}

}  // namespace
}  // namespace postern::gate
