#include <gtest/gtest.h>

#include "gate_queue_support.h"

// Who may come in and how often, and what a source that observes lets through.

namespace postern::gate {
namespace {

using namespace testing_support;

constexpr std::string_view origin_a = "https://a.example/in";
constexpr std::string_view origin_b = "https://b.example/in";
constexpr std::string_view signing_secret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3";

constexpr auto queue = policy::Deliver::queue;
constexpr auto proxy = policy::Deliver::proxy;

const std::string not_counted(1, '\0');
const std::string allowed = "\1";
const std::string denied = "\2";

Request sample() { return sample_request(std::string(sample_body)); }

/// Another event under the signature of the sample.
Request forged() {
  Request request = sample();
  request.body[8] = 'X';  // {"id":"eXt_1", ...
  return request;
}

nlohmann::json record_of(const AnswerFields& answer) {
  return nlohmann::json::parse(answer.record, nullptr, false);
}

class Admission : public testing::Test {
 protected:
  Admission() { policy.add(proxy, {origin_a}); }

  Gate gate() { return Gate(policy.policy(), {std::string(sample_secret)}); }

  /// The status and reason with which `request` is refused.
  static std::pair<int, std::string> refusal(Gate& gate, const Request& request) {
    Way way(gate, request.body);
    const Step step = way.begin(request);
    if (step.effect != EffectKind::answer) {
      return {0, "let in"};
    }
    const AnswerFields answer = read_answer(step);
    EXPECT_TRUE(answer.is_final);
    return {answer.status, record_of(answer)["reason"]};
  }

  static policy::AddressRange range(std::string_view last_four, std::uint8_t bits) {
    policy::AddressRange made;
    made.address[10] = made.address[11] = std::byte{0xFF};
    for (std::size_t i = 0; i < last_four.size(); ++i) {
      made.address[12 + i] = static_cast<std::byte>(last_four[i]);
    }
    made.prefix_bits = bits;
    return made;
  }

  RoutesPolicy policy;
};

// The client of every request here is 203.0.113.9: cb 00 71 09.

TEST_F(Admission, LetsInTheAddressesThatAreListed) {
  const std::string client("\xcb\x00\x71\x09", 4);
  const std::string neighbour("\xcb\x00\x71\x08", 4);
  const std::string stranger("\x4b\x00\x71\x09", 4);
  const std::pair<int, std::string> in = {0, "let in"};
  const std::pair<int, std::string> out = {403, "address_refused"};
  const std::vector<std::pair<policy::AddressRange, std::pair<int, std::string>>> cases = {
      {range(client, 128), in},
      {range(neighbour, 128), out},
      {range(neighbour, 127), in},
      {range(stranger, 97), out},
      {range(stranger, 96), in},
      {range(client, 97), in},
      {policy::AddressRange{}, in},
      {{.address = {}, .prefix_bits = 1}, in},
      {{.address = {std::byte{0x80}}, .prefix_bits = 1}, out},
      {{.address = {}, .prefix_bits = 96}, out}};
  for (const auto& [one, expected] : cases) {
    const std::array ranges = {range(stranger, 128), one};
    policy.source.allow_addresses = ranges;
    Gate made = gate();
    EXPECT_EQ(refusal(made, sample()), expected) << int{one.prefix_bits};
  }
}

TEST_F(Admission, OfAnAddressComesBeforeAllElseOfTheDelivery) {
  const std::array ranges = {range(std::string("\x01\x02\x03\x04", 4), 128)};
  policy.source.allow_addresses = ranges;
  policy.source.rate_limit = {.by = policy::LimitBy::address, .requests = 1, .period_seconds = 60};
  Gate made = gate();
  EXPECT_EQ(refusal(made, forged()), (std::pair<int, std::string>(403, "address_refused")));
}

TEST_F(Admission, CountsAddressesBeforeItVerifies) {
  policy.source.rate_limit = {.by = policy::LimitBy::address, .requests = 7, .period_seconds = 60};
  Gate made = gate();
  for (const Request& request : {sample(), forged()}) {
    Way way(made, request.body);
    const Step step = way.begin(request);
    ASSERT_EQ(step.effect, EffectKind::limit);
    EXPECT_TRUE(step.wants_body) << "it is not verified yet";
    EXPECT_EQ(step.payload,
              Frame().text16("sample/00000000000000000000ffffcb007109").u32(7).u32(60).bytes());
    const AnswerFields answer = read_answer(*read_step(way.try_with(denied)));
    EXPECT_TRUE(answer.is_final);
    EXPECT_EQ(answer.status, 429);
    EXPECT_EQ(answer.headers.back(), (std::pair<std::string, std::string>("retry-after", "60")));
    EXPECT_EQ(record_of(answer)["reason"], "rate_limited");
    EXPECT_FALSE(record_of(answer).contains("event_key"));
    for (const std::string& outcome : {allowed, not_counted}) {
      const Step next = *read_step(way.try_with(outcome));
      if (request.body == sample_body) {
        EXPECT_EQ(next.effect, EffectKind::claim);
      } else {
        ASSERT_EQ(next.effect, EffectKind::answer) << "a limiter proves nothing";
        EXPECT_EQ(read_answer(next).status, 401);
      }
    }
    for (const std::string malformed : {"", "\3", "\1\1"}) {
      EXPECT_EQ(way.try_with(malformed), "");
    }
  }
}

TEST_F(Admission, CountsASourceByWhatIsVerifiedAndRouted) {
  policy.source.rate_limit = {.by = policy::LimitBy::source, .requests = 3, .period_seconds = 10};
  Gate made = gate();
  EXPECT_EQ(refusal(made, forged()).first, 401);
  Way way(made, std::string(sample_body));
  const Step step = way.begin(sample());
  ASSERT_EQ(step.effect, EffectKind::limit);
  EXPECT_FALSE(step.wants_body);
  EXPECT_EQ(step.payload, Frame().text16("sample").u32(3).u32(10).bytes());
  EXPECT_EQ(read_answer(*read_step(way.try_with(denied))).status, 429);
  EXPECT_EQ(read_step(way.try_with(allowed))->effect, EffectKind::claim);
  static_cast<void>(way.go_on(not_counted));
  static_cast<void>(way.go_on(granted_after(0)));
  static_cast<void>(way.go_on(origin_said(200)));
  static_cast<void>(way.go_on(""));
  EXPECT_EQ(read_end(way.go_on(stored)).record["limit_was_down"], true);
}

TEST_F(Admission, CountsASourceInQueueModeToo) {
  RoutesPolicy queued;
  queued.add(queue, {origin_a});
  queued.source.rate_limit = {.by = policy::LimitBy::source, .requests = 3, .period_seconds = 10};
  Gate made(queued.policy(), {std::string(sample_secret)});
  Way way(made, std::string(sample_body));
  EXPECT_EQ(way.begin(sample()).effect, EffectKind::limit);
  EXPECT_EQ(way.go_on(allowed).effect, EffectKind::accept);
}

// ---- observing ----------------------------------------------------------------------------------

class Observing : public Admission {
 protected:
  Observing() {
    policy.names = {"SECRET", "SIGNING"};
    policy.signers = {1};
    policy.source.mode = policy::Mode::observe;
  }
  Gate gate() {
    return Gate(policy.policy(), {std::string(sample_secret), std::string(signing_secret)});
  }

  /// The forward of what would have been refused: it says so, and nothing else of the gate.
  static void expect_observed(const Step& step, const std::string& verdict,
                              const std::string& reason) {
    ASSERT_EQ(step.effect, EffectKind::forward);
    const SentForward forward = read_forward(step);
    EXPECT_EQ(forward.url, origin_a);
    EXPECT_EQ(forward.header("postern-verdict"), verdict);
    EXPECT_EQ(forward.header("postern-reason"), reason);
    for (const std::string name : {"webhook-signature", "webhook-id", "webhook-timestamp",
                                   "postern-key", "postern-attempt", "authorization", "cookie"}) {
      EXPECT_EQ(forward.header(name), "(none)") << name;
    }
  }
};

TEST_F(Observing, ForwardsWhatIsForgedWithTheVerdictAndWithoutASignature) {
  Gate made = gate();
  Request request = forged();
  request.headers.insert(request.headers.begin(), {"authorization", "Bearer x"});
  request.headers.push_back({"webhook-signature", "v1,of-somebody-else"});
  Way way(made, request.body);
  expect_observed(way.begin(request), "refused", "bad_signature");
  const AnswerFields answer = read_answer(way.go_on(origin_said(201)));
  EXPECT_TRUE(answer.is_final) << "the ledger is told nothing";
  EXPECT_EQ(answer.status, 201);
  EXPECT_EQ(answer.body, "body of the origin");
  EXPECT_EQ(record_of(answer)["verdict"], "refused");
  EXPECT_EQ(record_of(answer)["observed"], true);
  EXPECT_EQ(record_of(answer)["origin_status"], 201);
  EXPECT_FALSE(record_of(answer).contains("proof"));
  EXPECT_FALSE(record_of(answer).contains("event_key"));
}

TEST_F(Observing, TellsTheSenderWhenThatForwardFails) {
  Gate made = gate();
  for (const auto& [outcome, status] :
       {std::pair(std::string("\2"), 502), std::pair(std::string("\3"), 504),
        std::pair(origin_said(500), 503), std::pair(origin_said(301), 502)}) {
    Way way(made, forged().body);
    static_cast<void>(way.begin(forged()));
    const AnswerFields answer = read_answer(way.go_on(outcome));
    EXPECT_TRUE(answer.is_final);
    EXPECT_EQ(answer.status, status);
    EXPECT_EQ(record_of(answer)["verdict"], "refused");
  }
}

TEST_F(Observing, SignsAndClaimsWhatIsGenuine) {
  Gate made = gate();
  Way way(made, std::string(sample_body));
  EXPECT_EQ(way.begin(sample()).effect, EffectKind::claim);
  EXPECT_EQ(way.go_on(granted_after(0)).effect, EffectKind::mac);
  const SentForward forward =
      read_forward(way.go_on(Frame().u8(1).u16(1).text16(std::string(32, 'm')).bytes()));
  EXPECT_NE(forward.header("webhook-signature"), "(none)");
  EXPECT_EQ(forward.header("postern-verdict"), "(none)");
  EXPECT_EQ(read_answer(way.go_on(origin_said(200))).status, 200);
  EXPECT_EQ(way.go_on("").effect, EffectKind::commit);
}

TEST_F(Observing, ForwardsDuplicatesAndWhatIsBusyOrLimited) {
  policy.source.rate_limit = {.by = policy::LimitBy::source, .requests = 3, .period_seconds = 10};
  Gate made = gate();
  Way way(made, std::string(sample_body));
  static_cast<void>(way.begin(sample()));
  expect_observed(*read_step(way.try_with(denied)), "refused", "rate_limited");
  static_cast<void>(way.go_on(allowed));
  expect_observed(*read_step(way.try_with(busy_7s)), "busy", "lease_held");
  {
    const Step forward = *read_step(way.try_with(busy_7s));
    const AnswerFields answer = read_answer(*read_step(made.resume(
        resume_frame(forward.ticket, EffectKind::forward, std::nullopt, origin_said(200)))));
    EXPECT_EQ(record_of(answer)["verdict"], "busy");
    EXPECT_EQ(record_of(answer)["event_key"], to_hex(sample_key()));
  }
  expect_observed(*read_step(way.try_with(unavailable)), "failed", "ledger_unavailable");
  expect_observed(way.go_on(duplicate_200), "duplicate", "(none)");
  const AnswerFields answer = read_answer(way.go_on(origin_said(200)));
  EXPECT_TRUE(answer.is_final);
  EXPECT_EQ(record_of(answer)["event_key"], to_hex(sample_key()));
  EXPECT_EQ(record_of(answer)["proof"], "signature");
}

/// A query that repeats a name of the destination's is left out: nothing is let in by it.
TEST_F(Observing, ForwardsWithoutAQueryThatTheDestinationCannotTake) {
  constexpr std::string_view own_query = "https://a.example/in?tenant=7";
  RoutesPolicy routes;
  std::array content = {routes.content[0], routes.content[1], routes.content[2],
                        scheme::Part{.kind = scheme::PartKind::query, .text = {}, .pointer = {}}};
  routes.rule.content = content;
  routes.add(policy::Deliver::proxy, {own_query});
  routes.source.mode = policy::Mode::observe;
  Gate made(routes.policy(), {std::string(sample_secret)});
  Request request = forged();
  for (const auto& [query, url] : {std::pair("a=1", std::string(own_query) + "&a=1"),
                                   std::pair("tenant=8", std::string(own_query))}) {
    request.query = query;
    EXPECT_EQ(read_forward(Way(made, request.body).begin(request)).url, url);
  }
}

TEST_F(Observing, ForwardsToTheFirstRouteThatLeadsAnywhere) {
  RoutesPolicy routes;
  routes.add_answer();
  routes.add(queue, {origin_a, origin_b});
  routes.source.mode = policy::Mode::observe;
  Gate made(routes.policy(), {std::string(sample_secret)});
  Way way(made, std::string(sample_body));
  expect_observed(way.begin(sample()), "unrouted", "answered_by_route");

  RoutesPolicy none;
  none.add_answer();
  none.source.mode = policy::Mode::observe;
  Gate answering(none.policy(), {std::string(sample_secret)});
  EXPECT_EQ(refusal(answering, forged()).first, 401);
}

TEST_F(Observing, LetsNothingThroughThatItCannotCarry) {
  Gate made = gate();
  Request over = sample();
  over.flags |= 4U;
  over.has_body = false;
  EXPECT_EQ(refusal(made, over).first, 413);
  Request longer = sample();
  longer.has_body = false;
  longer.body_length = (std::uint64_t{1} << 20) + 1;
  EXPECT_EQ(refusal(made, longer).first, 413);
  Request plain = sample();
  plain.flags = 0;
  EXPECT_EQ(refusal(made, plain).first, 403);
  Request method = sample();
  method.method = "DELETE";
  EXPECT_EQ(refusal(made, method).first, 405);
  Request path = sample();
  path.path = "/hook/";
  EXPECT_EQ(refusal(made, path).first, 404);
  Request encoded = sample();
  encoded.headers.insert(encoded.headers.begin(), {"content-encoding", "gzip"});
  EXPECT_EQ(refusal(made, encoded).first, 415);
  Request headers = sample();
  for (auto& [name, value] : headers.headers) {
    value += name == "x-signature" ? std::string(kept_header_bytes_max, 'z') : "";
  }
  EXPECT_EQ(refusal(made, headers).first, 431);
  Request query = sample();
  query.query = std::string(10'000, 'q');
  EXPECT_EQ(refusal(made, query).first, 431);
}

TEST_F(Observing, ForwardsWhileASecretIsMissing) {
  Gate made(policy.policy(), {"", std::string(signing_secret)});
  Way way(made, std::string(sample_body));
  expect_observed(way.begin(sample()), "failed", "source_unavailable");
  Gate unsigned_forwards(policy.policy(), {std::string(sample_secret), ""});
  Way other(unsigned_forwards, std::string(sample_body));
  expect_observed(other.begin(sample()), "failed", "source_unavailable");
}

// An address out of the environment is checked again at every start, whatever else is wrong there.
TEST_F(Observing, NeverForwardsToWhatIsNoDestination) {
  for (const std::string to :
       {"", "http://10.0.0.1/", "https://user@a.example/", "ftp://a.example"}) {
    for (const std::string& signing : {std::string(signing_secret), std::string()}) {
      for (const std::string& secret : {std::string(sample_secret), std::string()}) {
        RoutesPolicy routes;
        routes.names = {"SECRET", "SIGNING", "ORIGIN"};
        routes.source.mode = policy::Mode::observe;
        const std::vector<std::uint16_t> signers = {1};
        policy::Destination destination;
        destination.to.slot = 2;
        destination.signers = signers;
        routes.add(proxy, {}).to = {&destination, 1};
        Gate made(routes.policy(), {secret, signing, to});
        ASSERT_FALSE(made.configured.empty());
        EXPECT_EQ(refusal(made, sample()), (std::pair<int, std::string>(503, "source_unavailable")))
            << to;
      }
    }
  }
}

// Also where a later destination of the same source has another fault.
TEST_F(Observing, KeepsABadDestinationInMind) {
  RoutesPolicy routes;
  routes.names = {"SECRET", "SIGNING", "ORIGIN"};
  routes.source.mode = policy::Mode::observe;
  const std::vector<std::uint16_t> signers = {1};
  std::array<policy::Destination, 2> destinations;
  destinations[0].to.slot = 2;
  destinations[1].to.text = origin_a;
  destinations[1].signers = signers;
  routes.add(policy::Deliver::queue, {}).to = destinations;
  Gate made(routes.policy(), {std::string(sample_secret), "", "http://10.0.0.1/"});
  EXPECT_EQ(refusal(made, sample()), (std::pair<int, std::string>(503, "source_unavailable")));
}

}  // namespace
}  // namespace postern::gate
