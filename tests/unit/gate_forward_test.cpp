#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <random>
#include <set>

#include "gate_queue_support.h"

// Which headers of a sender reach the origin, and by which way.

namespace postern::testing_support {
namespace {

using gate::EffectKind;
using policy::Deliver;

constexpr std::string_view origin_a = "https://a.example/hook";
constexpr std::array<std::string_view, 2> listed = {"x-shop-*", "x-gitlab-*"};
constexpr std::array<std::string_view, 1> older_proof = {"x-old-signature"};
constexpr std::array<std::string_view, 2> of_the_source = {"traceparent", "x-signature"};

/// A route of one mode, and lists of headers.
class HeaderPolicy : public RoutesPolicy {
 public:
  explicit HeaderPolicy(Deliver deliver) {
    scheme.headers = listed;
    scheme.proof_headers = older_proof;
    event.type = at_header("x-topic");
    event.type_is_signed = false;
    add(deliver, {origin_a});
  }
};

HeaderList with(HeaderList headers, const HeaderList& more) {
  headers.insert(headers.end(), more.begin(), more.end());
  return headers;
}

/// The headers that come of `more` beside those of a genuine delivery. In queue mode after a store.
HeaderList forwarded(HeaderPolicy& policy, const HeaderList& more, Deliver deliver) {
  const policy::Policy made = policy.policy();
  Gate gate(made, {std::string(sample_secret)});
  Request request = sample_request(std::string(sample_body));
  request.headers = with(with(request.headers, {{"x-topic", "order.created"}}), more);
  Way way(gate, std::string(sample_body));
  const Step first = way.begin(request);
  if (deliver == Deliver::proxy) {
    return read_forward(way.go_on(granted_after(0))).headers;
  }
  const std::string ticket = read_accept(first).tickets.front();
  static_cast<void>(way.drive(ticket));
  return read_forward(way.go_on(granted_after(0))).headers;
}

std::set<std::string> names_of(const HeaderList& headers) {
  std::set<std::string> names;
  for (const auto& [name, value] : headers) {
    EXPECT_TRUE(names.insert(name).second) << name << " twice";
  }
  return names;
}

/// What the gate itself says, by any sender's delivery.
const std::set<std::string> of_the_gate = {
    "postern-source",      "postern-event", "postern-id",      "postern-key",
    "postern-content-key", "postern-proof", "postern-attempt", "postern-maybe-duplicate"};

std::set<std::string> senders_of(const HeaderList& headers) {
  std::set<std::string> names;
  std::ranges::set_difference(names_of(headers), of_the_gate, std::inserter(names, names.end()));
  return names;
}

TEST(ForwardHeaders, GoOnWithWhatVerifiesWhileTheSenderWaits) {
  HeaderPolicy policy(Deliver::proxy);
  const auto headers = forwarded(policy,
                                 {{"x-old-signature", "s"},
                                  {"x-shop-domain", "d"},
                                  {"traceparent", "t"},
                                  {"content-language", "en"},
                                  {"user-agent", "u"}},
                                 Deliver::proxy);
  EXPECT_EQ(senders_of(headers),
            (std::set<std::string>{"content-type", "content-language", "x-signature", "x-time",
                                   "x-topic", "x-old-signature", "x-shop-domain"}));
}

TEST(ForwardHeaders, AreStoredWithoutWhatVerifies) {
  HeaderPolicy policy(Deliver::queue);
  const auto headers =
      forwarded(policy, {{"x-old-signature", "s"}, {"x-shop-domain", "d"}, {"traceparent", "t"}},
                Deliver::queue);
  EXPECT_EQ(senders_of(headers),
            (std::set<std::string>{"content-type", "x-topic", "x-shop-domain"}));
}

TEST(ForwardHeaders, AreStoredWhereTheSourceNamesThem) {
  HeaderPolicy policy(Deliver::queue);
  policy.source.forward_headers = of_the_source;
  const auto headers =
      forwarded(policy, {{"x-old-signature", "s"}, {"traceparent", "t"}}, Deliver::queue);
  EXPECT_EQ(senders_of(headers),
            (std::set<std::string>{"content-type", "x-topic", "traceparent", "x-signature"}));
}

TEST(ForwardHeaders, LieInNoStoreAsWhatTheyProve) {
  HeaderPolicy policy(Deliver::queue);
  const policy::Policy made = policy.policy();
  Gate gate(made, {std::string(sample_secret)});
  Request request = sample_request(std::string(sample_body));
  request.headers.emplace_back("x-topic", "a.topic");
  const AcceptFields stored = read_accept(Way(gate, std::string(sample_body)).begin(request));
  ASSERT_EQ(stored.tickets_of_copies.size(), 1U) << "the topic is not signed";
  for (const std::string& ticket : {stored.tickets.front(), stored.tickets_of_copies.front()}) {
    for (const auto& [name, value] : request.headers) {
      const bool is_proof = name == "x-signature" || name == "x-time";
      EXPECT_NE(ticket.contains(name), is_proof) << name;
      EXPECT_NE(ticket.contains(value), is_proof) << name;
    }
  }
}

/// A run of a copy is one from its ticket on, whatever its row says.
TEST(Copies, AreToldOfInTheRecordOfTheirRun) {
  HeaderPolicy policy(Deliver::queue);
  const policy::Policy made = policy.policy();
  Gate gate(made, {std::string(sample_secret)});
  Request request = sample_request(std::string(sample_body));
  request.headers.emplace_back("x-topic", "a.topic");
  const AcceptFields stored = read_accept(Way(gate, std::string(sample_body)).begin(request));
  const auto record_of_run = [&](const std::string& ticket) {
    Way way(gate, std::string(sample_body));
    static_cast<void>(way.drive(ticket));
    return read_end(way.go_on(duplicate_200)).record;
  };
  EXPECT_FALSE(record_of_run(stored.tickets.front()).contains("copy"));
  EXPECT_EQ(record_of_run(stored.tickets_of_copies.front())["copy"], true);
}

TEST(ForwardHeaders, HoldNoSecretWhateverNamesIt) {
  constexpr std::array<std::string_view, 4> all = {"x-knock", "x-gitlab-token", "authorization",
                                                   "x_knock"};
  for (const Deliver deliver : {Deliver::proxy, Deliver::queue}) {
    HeaderPolicy policy(deliver);
    policy.rule.algorithm = scheme::Algorithm::token;
    policy.rule.from = at_header("x-knock");
    policy.rule.encoding = scheme::Encoding::text;
    policy.rule.content = {};
    policy.timestamp = {};
    policy.source.forward_headers = all;
    const auto headers = forwarded(policy,
                                   {{"x-knock", std::string(sample_secret)},
                                    {"x-gitlab-token", std::string(sample_secret)},
                                    {"authorization", std::string(sample_secret)},
                                    {"x_knock", std::string(sample_secret)},
                                    {"x-gitlab-event", "Push Hook"}},
                                   deliver);
    EXPECT_EQ(senders_of(headers),
              (std::set<std::string>{"content-type", "x-topic", "x-gitlab-event"}));
    for (const auto& [name, value] : headers) {
      EXPECT_FALSE(value.contains(sample_secret)) << name;
    }
  }
}

/// A sender by Standard Webhooks, as far as the names of its headers.
class StandardPolicy : public HeaderPolicy {
 public:
  StandardPolicy() : HeaderPolicy(Deliver::proxy) {
    rule.from = at_header("webhook-signature");
    timestamp.from = at_header("webhook-timestamp");
    names.emplace_back("SIGNING");
  }
  HeaderList begin(const std::string& signing) {
    const policy::Policy made = policy();
    Gate gate(made, {std::string(sample_secret), signing});
    Request request = sample_request(std::string(sample_body));
    request.headers[1].first = "webhook-signature";
    request.headers[2].first = "webhook-timestamp";
    request.headers = with(request.headers, {{"webhook-id", "msg_1"}, {"webhook-token", "t"}});
    Way way(gate, std::string(sample_body));
    static_cast<void>(way.begin(request));
    const Step step = way.go_on(granted_after(0));
    return step.effect == EffectKind::forward
               ? read_forward(step).headers
               : read_forward(way.go_on(Frame().u8(1).u16(1).text16(std::string(32, 's')).bytes()))
                     .headers;
  }
};

TEST(ForwardHeaders, LeaveTheNamesOfStandardWebhooksToASenderWhereTheGateDoesNotSign) {
  StandardPolicy policy;
  EXPECT_EQ(senders_of(policy.begin("")),
            (std::set<std::string>{"content-type", "webhook-signature", "webhook-timestamp"}));
}

TEST(ForwardHeaders, HaveTheGatesOwnSignatureAndNoOther) {
  StandardPolicy policy;
  policy.signers = {1};
  const HeaderList headers = policy.begin("whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3");
  static_cast<void>(names_of(headers));
  for (const auto& [name, value] : headers) {
    if (name == "webhook-id") {
      EXPECT_EQ(value, to_hex(sample_key()));
    } else if (name == "webhook-signature") {
      EXPECT_TRUE(value.starts_with("v1,"));
    } else {
      EXPECT_NE(name, "webhook-token");
    }
  }
}

/// Names near those that matter: what a list lets through, what is kept back, and neither.
class NameMaker {
 public:
  explicit NameMaker(unsigned seed) : random_(seed) {}

  std::string name() {
    constexpr std::array<std::string_view, 40> near = {"content-type",
                                                       "content-language",
                                                       "content-encoding",
                                                       "x-shop-domain",
                                                       "x-shop-",
                                                       "x-gitlab-event",
                                                       "x-gitlab-token",
                                                       "x-old-signature",
                                                       "traceparent",
                                                       "x-topic",
                                                       "x-time",
                                                       "x-signature",
                                                       "postern-key",
                                                       "postern-signature",
                                                       "postern-maybe-duplicate",
                                                       "webhook-id",
                                                       "webhook-signature",
                                                       "x-forwarded-for",
                                                       "x-original-url",
                                                       "x-rewrite-url",
                                                       "x-middleware-subrequest",
                                                       "proxy",
                                                       "remote-user",
                                                       "client-ip",
                                                       "x-envoy-internal",
                                                       "cookie",
                                                       "authorization",
                                                       "connection",
                                                       "host",
                                                       "transfer-encoding",
                                                       "via",
                                                       "forwarded",
                                                       "range",
                                                       "if-match",
                                                       "x-http-method-override",
                                                       "user-agent",
                                                       "accept",
                                                       "baggage",
                                                       "cf-ray",
                                                       "x-a"};
    std::string made(near[below(near.size())]);
    for (std::size_t changes = below(3); changes > 0; --changes) {
      change(made);
    }
    return made;
  }

 private:
  std::size_t below(std::size_t bound) { return random_() % bound; }

  void change(std::string& name) {
    constexpr std::string_view characters = "_-abxz09.~+!A";
    const char character = characters[below(characters.size())];
    const std::size_t at = below(name.size() + 1);
    if (below(3) == 0 || at == name.size()) {
      name.insert(at, 1, character);
    } else if (below(2) == 0) {
      name[at] = name[at] == '-' ? '_' : character;
    } else {
      name.insert(at, "-shop-");
    }
  }

  std::mt19937 random_;
};

/// The rule once more, from its words in docs/POLICY.md; tokens and the gate's names by hand.
bool may_go_on(const std::string& name, Deliver deliver) {
  const bool is_spelt =
      name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos;
  const std::set<std::string> always = {"content-type", "content-language", "x-topic"};
  const std::set<std::string> proof = {"x-signature", "x-time", "x-old-signature"};
  const bool is_of_a_list = name.starts_with("x-shop-") || name.starts_with("x-gitlab-");
  const bool is_listed = always.contains(name) || (is_of_a_list && !name.contains("token"));
  const bool is_named = name == "traceparent" || name == "x-signature";
  return is_spelt && (is_named || (proof.contains(name) ? deliver == Deliver::proxy : is_listed));
}

/// docs/THREATS.md, and the room of a ticket: what is over it stays behind, in the order of
/// arrival.
TEST(ForwardHeaders, AreNoMoreThanATicketKeeps) {
  HeaderPolicy policy(Deliver::proxy);
  HeaderList many;
  for (int i = 0; i < 100; ++i) {
    many.emplace_back("x-shop-" + std::to_string(100 + i), "v");
  }
  const HeaderList headers = forwarded(policy, many, Deliver::proxy);
  std::size_t kept = 0;
  for (const auto& [name, value] : headers) {
    kept += name.starts_with("x-shop-") ? 1 : 0;
  }
  const auto names = names_of(headers);
  EXPECT_GT(kept, 50U);
  EXPECT_LT(kept, gate::kept_headers_max);
  EXPECT_TRUE(names.contains("x-signature")) << "what verifies has its place first";
  EXPECT_TRUE(names.contains("x-shop-" + std::to_string(99 + kept)));
  EXPECT_FALSE(names.contains("x-shop-" + std::to_string(100 + kept)));
}

/// RFC 9110, section 5.5: space around a value is no part of it, so an id with such would reach the
/// origin as another one.
TEST(ForwardHeaders, HaveNoIdThatWouldLoseItsBlanks) {
  for (const std::string id : {" evt_1", "evt_1 ", "evt 1"}) {
    HeaderPolicy policy(Deliver::proxy);
    policy.event.id = at_body(policy.id_tokens);
    const policy::Policy made = policy.policy();
    Gate gate(made, {std::string(sample_secret)});
    const std::string body = R"({"id":")" + id + R"(","type":"a"})";
    Way way(gate, body);
    static_cast<void>(way.begin(sample_request(body)));
    const SentForward forward = read_forward(way.go_on(granted_after(0)));
    EXPECT_EQ(forward.header("postern-id"), id == "evt 1" ? id : "(none)");
  }
}

/// RFC 9110, sections 15.3.5 and 15.3.6: no content follows these.
TEST(Answers, HaveNoBodyWhereTheirStatusAllowsNone) {
  HeaderPolicy policy(Deliver::proxy);
  const policy::Policy made = policy.policy();
  Gate gate(made, {std::string(sample_secret)});
  Way way(gate, std::string(sample_body));
  static_cast<void>(way.begin(sample_request(std::string(sample_body))));
  static_cast<void>(way.go_on(granted_after(0)));
  for (const std::uint16_t status : std::array<std::uint16_t, 4>{200, 204, 205, 206}) {
    const AnswerFields answer = read_answer(*read_step(way.try_with(origin_said(status))));
    EXPECT_EQ(answer.status, status);
    EXPECT_EQ(answer.body.empty(), status == 204 || status == 205) << status;
  }
  for (const char kind : {'\0', '\6', '\xff'}) {
    EXPECT_EQ(way.try_with(std::string(1, kind)), "") << "no outcome of a forward";
  }
}

/// What a host does itself, and has no answer for, is answered as a duplicate is.
TEST(Answers, AreTheSourcesWhereTheHostHasNone) {
  HeaderPolicy policy(Deliver::proxy);
  policy.source.acknowledgement = {.content_type = "text/plain", .body = "[accepted]"};
  Gate gate(policy.policy(), {std::string(sample_secret)});
  Way way(gate, std::string(sample_body));
  static_cast<void>(way.begin(sample_request(std::string(sample_body))));
  static_cast<void>(way.go_on(granted_after(0)));
  const AnswerFields answer = read_answer(way.go_on("\5"));
  EXPECT_EQ(std::to_string(answer.status) + answer.body, "200[accepted]");
}

TEST(ForwardHeaders, AreTheListedOnesOfAnyThatCome) {
  constexpr unsigned rounds = 400;
  constexpr std::size_t names_of_a_round = 12;
  std::size_t went_on = 0;
  std::size_t kept = 0;
  for (unsigned round = 0; round < rounds; ++round) {
    NameMaker maker(round);
    const Deliver deliver = round % 2 == 0 ? Deliver::proxy : Deliver::queue;
    std::set<std::string> sent = {"content-type", "x-signature", "x-time", "x-topic"};
    HeaderList more;
    for (std::size_t i = 0; i < names_of_a_round; ++i) {
      const std::string name = maker.name();
      if (name != "content-encoding" && sent.insert(name).second) {
        more.emplace_back(name, "forged");
      }
    }
    HeaderPolicy policy(deliver);
    policy.source.forward_headers = of_the_source;
    const HeaderList headers = forwarded(policy, more, deliver);
    for (const auto& [name, value] : headers) {
      EXPECT_FALSE(of_the_gate.contains(name) && value == "forged") << name;
    }
    const std::set<std::string> got = senders_of(headers);
    for (const std::string& name : sent) {
      EXPECT_EQ(got.contains(name), may_go_on(name, deliver)) << name << " in round " << round;
      (got.contains(name) ? went_on : kept) += 1;
    }
    EXPECT_TRUE(std::ranges::includes(sent, got)) << "round " << round;
  }
  EXPECT_GT(went_on, rounds * 4);
  EXPECT_GT(kept, rounds * 4);
}

}  // namespace
}  // namespace postern::testing_support
