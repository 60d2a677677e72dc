#include <gtest/gtest.h>

#include "gate_queue_support.h"

// Runs of the queue frame by frame: what they ask of ledger and origin, and how they end for each
// reply of either.

namespace postern::gate {
namespace {

using namespace testing_support;

constexpr std::string_view origin_a = "https://a.example/in";

constexpr auto queue = policy::Deliver::queue;

Request sample() { return sample_request(std::string(sample_body)); }

class Run : public testing::Test {
 protected:
  Run() {
    policy.add(queue, {origin_a});
    gate.emplace(policy.policy(), std::vector{std::string(sample_secret)});
    ticket = read_accept(Way(*gate, std::string(sample_body)).begin(sample())).tickets.front();
  }

  /// A run that has taken the event after that many failures, up to its forward.
  Way at_forward(std::uint16_t attempts, std::uint32_t random = 0) {
    Way way(*gate, std::string(sample_body));
    static_cast<void>(way.drive(ticket, random));
    EXPECT_EQ(read_forward(way.go_on(granted_after(attempts))).url, origin_a);
    return way;
  }

  RoutesPolicy policy;
  std::optional<Gate> gate;
  std::string ticket;
};

TEST_F(Run, TakesForwardsAndCommits) {
  Way way(*gate, std::string(sample_body));
  const LedgerFields take = read_ledger_effect(way.drive(ticket, 7));
  EXPECT_EQ(take.shard, "sample/0");
  EXPECT_EQ(take.key, sample_key());
  EXPECT_EQ(take.wait_ms, 0U);
  EXPECT_EQ(take.operation, operation({.verb = 5, .owner = way.owner, .lease_ms = 10'000}));
  const SentForward forward = read_forward(way.go_on(granted_after(2)));
  EXPECT_EQ(forward.header("postern-key"), to_hex(sample_key()));
  EXPECT_EQ(forward.header("postern-attempt"), "9");
  EXPECT_EQ(forward.header("postern-event"), "order.created");
  EXPECT_EQ(forward.header("postern-maybe-duplicate"), "(none)");
  const Step commit = way.go_on(origin_said(204));
  EXPECT_EQ(commit.effect, EffectKind::commit);
  EXPECT_EQ(
      read_ledger_effect(commit).operation,
      operation({.verb = 2, .owner = way.owner, .retain_ms = 600'000, .epoch = 9, .status = 204}));
  const EndFields end = read_end(way.go_on(stored));
  EXPECT_EQ(end.effect, EffectKind::finish);
  EXPECT_EQ(end.record["verdict"], "forwarded");
  EXPECT_EQ(end.record["attempt"], 3);
}

TEST_F(Run, PassesTheMarkOn) {
  Way way(*gate, std::string(sample_body));
  static_cast<void>(way.drive(ticket));
  const auto step = way.go_on(replied({.answer = 1, .epoch = 2, .maybe_duplicate = 1}));
  EXPECT_EQ(read_forward(step).header("postern-maybe-duplicate"), "true");
}

TEST_F(Run, EndsByWhatATakeIsTold) {
  Way way(*gate, std::string(sample_body));
  static_cast<void>(way.drive(ticket));
  const auto end = [&](const std::string& outcome) {
    return read_end(*read_step(way.try_with(outcome)));
  };
  EXPECT_EQ(end(unavailable).effect, EffectKind::retry_later);
  EXPECT_EQ(end(unavailable).delay_ms, 30'000U);
  EXPECT_EQ(end(busy_7s).effect, EffectKind::retry_later);
  EXPECT_EQ(end(busy_7s).delay_ms, 7000U);
  EXPECT_EQ(end(replied({.answer = 2, .wait_ms = UINT64_MAX})).delay_ms, 43'200'000U);
  EXPECT_EQ(end(duplicate_200).effect, EffectKind::finish);
  EXPECT_EQ(end(replied({.answer = 3})).effect, EffectKind::finish) << "dead";
  EXPECT_EQ(end(ignored).effect, EffectKind::finish);
  for (const auto& malformed : {stored, accepted, replied({.answer = 7}), std::string("\2"),
                                std::string(), granted_after(0) + "x"}) {
    EXPECT_EQ(way.try_with(malformed), "");
  }
}

TEST_F(Run, EndsAsTheCopyThatItsRowWas) {
  Way way(*gate, std::string(sample_body));
  static_cast<void>(way.drive(ticket));
  const auto record = [&](const ReplyFields& reply) {
    return read_end(*read_step(way.try_with(replied(reply)))).record;
  };
  EXPECT_FALSE(record({.answer = 3, .status = 200}).contains("copy"));
  EXPECT_EQ(record({.answer = 3, .status = 200, .is_copy = 1})["copy"], true);
}

/// A ticket that nobody writes: of a destination that its route does not have.
TEST_F(Run, ForNoDestinationNamesNone) {
  constexpr std::size_t behind_destination = 4 + 1 + 1 + 8 + 8 + 3;
  Way way(*gate, std::string(sample_body));
  const Step take = way.drive(ticket);
  const auto destination = [&](std::uint8_t number) {
    std::string changed = take.ticket;
    changed[changed.size() - behind_destination - 1] = static_cast<char>(number);
    const auto step =
        read_step(gate->resume(resume_frame(changed, EffectKind::claim, {}, unavailable)));
    return read_end(step.value_or(Step{})).record.value("destination", "");
  };
  EXPECT_EQ(destination(0), origin_a);
  EXPECT_EQ(destination(1), "");
}

/// What was proved when the event was accepted stays proved: a run needs no secret of the sender.
TEST_F(Run, GoesOnWhileTheSendersSecretIsMissing) {
  gate.emplace(policy.policy(), std::vector{std::string()});
  Way way = at_forward(0);
  EXPECT_EQ(way.go_on(origin_said(200)).effect, EffectKind::commit);
}

TEST_F(Run, IsNotOverBeforeItsCommitIsStored) {
  Way way = at_forward(0);
  static_cast<void>(way.go_on(origin_said(200)));
  const EndFields end = read_end(*read_step(way.try_with(unavailable)));
  EXPECT_EQ(end.effect, EffectKind::retry_later);
  EXPECT_EQ(end.delay_ms, 30'000U);
  EXPECT_EQ(end.record["commit_failed"], true);
  EXPECT_EQ(way.try_with("\2"), "");
  EXPECT_EQ(way.try_with(""), "");
}

struct Failure {
  std::string outcome;
  std::string reason;
  std::uint16_t status = 0;
  std::uint8_t unknown = 0;
};

const std::vector<Failure> failures = {
    {origin_said(500), "origin_error", 500, 0},
    {origin_said(408), "origin_error", 408, 0},
    {origin_said(429), "origin_error", 429, 0},
    {origin_said(404), "origin_declined", 404, 0},
    {origin_said(410), "origin_declined", 410, 0},
    {origin_said(302), "origin_redirected", 302, 0},
    {origin_said(0), "origin_reset", 0, 1},
    {origin_said(101), "origin_reset", 0, 1},
    {origin_said(199), "origin_reset", 0, 1},
    {origin_said(600), "origin_reset", 0, 1},
    {origin_said(999), "origin_reset", 0, 1},
    {origin_said(65'535), "origin_reset", 0, 1},
    {"\2", "origin_refused", 0, 0},
    {"\3", "origin_timed_out", 0, 1},
    {"\4", "origin_reset", 0, 1},
};

TEST_F(Run, ComesAgainByItsScheduleAfterEveryFailure) {
  for (const Failure& failure : failures) {
    for (const std::uint16_t before : {std::uint16_t{0}, std::uint16_t{1}}) {
      Way way = at_forward(before);
      const std::uint32_t delay_ms = before == 0 ? 1000 : 2000;
      const Step release = way.go_on(failure.outcome);
      EXPECT_EQ(release.effect, EffectKind::release);
      EXPECT_EQ(read_ledger_effect(release).operation, operation({.verb = 6,
                                                                  .owner = way.owner,
                                                                  .retain_ms = 600'000,
                                                                  .epoch = 9,
                                                                  .status = failure.status,
                                                                  .unknown = failure.unknown,
                                                                  .delay_ms = delay_ms}));
      for (const std::string& reply : {stored, ignored, unavailable}) {
        const EndFields end = read_end(*read_step(way.try_with(reply)));
        EXPECT_EQ(end.effect, EffectKind::retry_later);
        EXPECT_EQ(end.delay_ms, delay_ms);
        EXPECT_EQ(end.record["reason"], failure.reason);
        EXPECT_FALSE(end.record.contains("dead"));
      }
    }
  }
}

TEST_F(Run, IsGivenUpAfterTheLastAttemptButOnlyOnceThatIsStored) {
  for (const Failure& failure : failures) {
    Way way = at_forward(2);
    EXPECT_EQ(read_ledger_effect(way.go_on(failure.outcome)).operation,
              operation({.verb = 7,
                         .owner = way.owner,
                         .retain_ms = 600'000,
                         .epoch = 9,
                         .status = failure.status,
                         .unknown = failure.unknown}));
    const EndFields dead = read_end(*read_step(way.try_with(stored)));
    EXPECT_EQ(dead.effect, EffectKind::dead_letter);
    EXPECT_EQ(dead.record["dead"], true);
    EXPECT_EQ(dead.record["reason"], failure.reason);
    for (const std::string& reply : {ignored, unavailable}) {
      const EndFields end = read_end(*read_step(way.try_with(reply)));
      EXPECT_EQ(end.effect, EffectKind::retry_later);
      EXPECT_FALSE(end.record.contains("dead"));
    }
  }
}

TEST_F(Run, IsNotBegunBehindTheLastAttempt) {
  for (const std::uint16_t before : {std::uint16_t{3}, std::uint16_t{9}}) {
    Way way(*gate, std::string(sample_body));
    static_cast<void>(way.drive(ticket));
    const Step release = way.go_on(granted_after(before));
    EXPECT_EQ(read_ledger_effect(release).operation,
              operation({.verb = 7, .owner = way.owner, .retain_ms = 600'000, .epoch = 9}));
    const EndFields dead = read_end(*read_step(way.try_with(stored)));
    EXPECT_EQ(dead.effect, EffectKind::dead_letter);
    EXPECT_EQ(dead.record["reason"], "attempts_over");
    EXPECT_EQ(read_end(*read_step(way.try_with(ignored))).effect, EffectKind::retry_later);
  }
}

TEST_F(Run, WaitsAsLongAsTheOriginAsksAndNoLongerThanTheLongest) {
  const auto delay_after = [&](const std::string& value) {
    Way way = at_forward(0);
    static_cast<void>(way.go_on(origin_said(503, {{"retry-after", value}})));
    return read_end(way.go_on(stored)).delay_ms;
  };
  EXPECT_EQ(delay_after("5"), 5000U);
  EXPECT_EQ(delay_after("8"), 8000U);
  EXPECT_EQ(delay_after("9"), 8000U);
  EXPECT_EQ(delay_after("99999999999999"), 8000U);
  EXPECT_EQ(delay_after("0"), 1000U);
  for (const std::string other : {"Wed, 21 Oct 2026 07:28:00 GMT", "-5", "5 ", "", "1e3"}) {
    EXPECT_EQ(delay_after(other), 1000U) << other;
  }
}

TEST_F(Run, SpreadsItsReturnByTheNumberOfTheRun) {
  RoutesPolicy spread;
  spread.add(queue, {origin_a}).retry.jitter_percent = 50;
  gate.emplace(spread.policy(), std::vector{std::string(sample_secret)});
  ticket = read_accept(Way(*gate, std::string(sample_body)).begin(sample())).tickets.front();
  for (const auto& [random, delay_ms] :
       {std::pair(0U, 1000U), std::pair(UINT32_MAX, 500U), std::pair(UINT32_MAX / 5, 900U)}) {
    Way way = at_forward(0, random);
    static_cast<void>(way.go_on(origin_said(500)));
    EXPECT_EQ(read_end(way.go_on(stored)).delay_ms, delay_ms);
  }
}

TEST_F(Run, BeginsOnlyAsAQueueBeginsIt) {
  const std::string token(16, 'o');
  const auto drive = [&](EffectKind effect, const std::string& outcome) {
    return gate->resume(resume_frame(ticket, effect, {}, outcome));
  };
  EXPECT_NE(drive(EffectKind::retry_later, token), "");
  EXPECT_EQ(drive(EffectKind::retry_later, token.substr(1)), "");
  EXPECT_EQ(drive(EffectKind::retry_later, token + "o"), "");
  EXPECT_EQ(drive(EffectKind::retry_later, ""), "");
  for (int effect = 0; effect <= 16; ++effect) {
    if (effect != static_cast<int>(EffectKind::retry_later)) {
      EXPECT_EQ(drive(static_cast<EffectKind>(effect), token), "") << effect;
    }
  }
}

class SignedRun : public testing::Test {
 protected:
  SignedRun() {
    policy.names = {"SECRET", "SIGNING", "ORIGIN"};
    destination.to.slot = 2;
    destination.signers = signers;
    policy.add(queue, {}).to = {&destination, 1};
    Gate good = gate(signing_secret, origin_a);
    ticket = read_accept(Way(good, std::string(sample_body)).begin(sample())).tickets.front();
  }

  Gate gate(std::string_view signing, std::string_view origin) {
    return Gate(policy.policy(),
                {std::string(sample_secret), std::string(signing), std::string(origin)});
  }

  static void expect_kept(Way& way, const Step& step, const std::string& reason) {
    ASSERT_EQ(step.effect, EffectKind::release) << "the origin got something";
    EXPECT_EQ(read_ledger_effect(step).operation[1], '\6');
    const EndFields end = read_end(way.go_on(stored));
    EXPECT_EQ(end.effect, EffectKind::retry_later);
    EXPECT_EQ(end.record["reason"], reason);
    EXPECT_EQ(end.record["destination"], "ORIGIN") << "the name, never the value";
  }

  /// What the host is asked for of one signer: SHA-256, its key by number, two pieces.
  [[nodiscard]] std::string signature_request(std::uint16_t key) const {
    return Frame()
        .u8(3)
        .u16(key)
        .u8(2)
        .u8(0)
        .text16(to_hex(sample_key()) + "." + time + ".")
        .u8(1)
        .bytes();
  }

  /// The second signature of `forward` as docs/ORIGIN.md has it, by OpenSSL.
  [[nodiscard]] std::string signed_fields(std::string_view key, const std::string& of_body,
                                          const SentForward& forward) const {
    std::string text = "postern-forward-1\nPOST\n" + std::string(origin_a) + "\n" +
                       to_hex(sample_key()) + "\n" + time + "\n" + of_body + "\n";
    for (const std::string_view name :
         {"postern-source", "postern-event", "postern-id", "postern-key", "postern-content-key",
          "postern-attempt", "postern-maybe-duplicate", "postern-proof", "postern-verdict",
          "postern-reason"}) {
      const std::string value = forward.header(name);
      text += (value == "(none)" ? "" : value) + "\n";
    }
    return to_base64(hmac(EVP_sha256(), key, text));
  }

  const std::string time = std::to_string(now_ms / 1000);
  const std::string zeros = std::string(43, 'A') + "=";
  static constexpr std::string_view signing_key = "0123456789abcdef01234567";
  static constexpr std::string_view signing_secret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3";
  RoutesPolicy policy;
  std::vector<std::uint16_t> signers = {1};
  policy::Destination destination;
  std::string ticket;
};

TEST_F(SignedRun, SignsTheKeyTheTimeAndTheBody) {
  Gate made = gate(signing_secret, origin_a);
  Way way(made, std::string(sample_body));
  static_cast<void>(way.drive(ticket));
  const Step mac = way.go_on(granted_after(0));
  ASSERT_EQ(mac.effect, EffectKind::mac);
  EXPECT_EQ(mac.payload, Frame().u16(1).raw(signature_request(0)).bytes());
  const auto outcome = Frame().u8(1).u16(1).text16(std::string(32, '\0')).bytes();
  const SentForward forward = read_forward(way.go_on(outcome));
  EXPECT_EQ(forward.header("webhook-id"), to_hex(sample_key()));
  EXPECT_EQ(forward.header("webhook-timestamp"), time);
  EXPECT_EQ(forward.header("webhook-signature"), "v1," + zeros);
  EXPECT_EQ(forward.header("postern-signature"),
            "v1," + signed_fields(signing_key, zeros, forward));
}

TEST_F(SignedRun, SignsByTwoSecretsWhileTheyRotate) {
  signers = {1, 3};
  destination.signers = signers;
  policy.names.emplace_back("SIGNING_NEXT");
  const std::string next_key = "fedcba9876543210fedcba9876543210";
  Gate made(policy.policy(), {std::string(sample_secret), std::string(signing_secret),
                              std::string(origin_a), to_base64(next_key)});
  Way way(made, std::string(sample_body));
  const std::string fresh = read_accept(way.begin(sample())).tickets.front();
  static_cast<void>(way.drive(fresh));
  const Step mac = way.go_on(granted_after(0));
  ASSERT_EQ(mac.effect, EffectKind::mac);
  EXPECT_EQ(mac.payload,
            Frame().u16(2).raw(signature_request(0)).raw(signature_request(1)).bytes());
  const std::string ones(32, '\xff');
  for (const Frame& malformed : {Frame().u8(1).u16(1).text16(ones),
                                 Frame().u8(1).u16(3).text16(ones).text16(ones).text16(ones),
                                 Frame().u8(1).u16(2).text16(ones).text16("short")}) {
    EXPECT_EQ(way.try_with(malformed.bytes()), "");
  }
  const auto outcome = Frame().u8(1).u16(2).text16(std::string(32, '\0')).text16(ones).bytes();
  const SentForward forward = read_forward(way.go_on(outcome));
  EXPECT_EQ(forward.header("webhook-signature"), "v1," + zeros + " v1," + to_base64(ones));
  EXPECT_EQ(forward.header("postern-signature"),
            "v1," + signed_fields(signing_key, zeros, forward) + " v1," +
                signed_fields(next_key, to_base64(ones), forward));
}

TEST_F(SignedRun, SendsNothingThatItCannotSign) {
  Gate made = gate(signing_secret, origin_a);
  Way way(made, std::string(sample_body));
  static_cast<void>(way.drive(ticket));
  static_cast<void>(way.go_on(granted_after(0)));
  for (const Frame& malformed :
       {Frame().u8(1).u16(0), Frame().u8(1).u16(1).text16("short"), Frame().u8(0).u8(0), Frame()}) {
    EXPECT_EQ(way.try_with(malformed.bytes()), "");
  }
  expect_kept(way, way.go_on(unavailable), "crypto_unavailable");
}

TEST_F(SignedRun, SendsNothingWhileSecretOrDestinationIsNone) {
  for (const auto& [signing, origin] :
       {std::pair(signing_secret, std::string_view("http://10.0.0.1/")),
        std::pair(signing_secret, std::string_view()), std::pair(std::string_view(), origin_a),
        std::pair(std::string_view(), std::string_view("ftp://a.example"))}) {
    Gate made = gate(signing, origin);
    Way way(made, std::string(sample_body));
    static_cast<void>(way.drive(ticket));
    expect_kept(way, way.go_on(granted_after(0)), "source_unavailable");
  }
}

}  // namespace
}  // namespace postern::gate
