#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <limits>

#include "postern/ledger/ledger.h"

// The rules one by one, each as a sentence, with every number written out. The whole table is
// checked against docs/DUPLICATES.md in ledger_table_test.cpp, and sequences in
// ledger_explorer_test.cpp.

namespace postern::ledger {
namespace {

constexpr std::uint64_t largest = std::numeric_limits<std::uint64_t>::max();

constexpr Owner ana{std::byte{0xa1}};
constexpr Owner ben{std::byte{0xb2}};

constexpr Clock steady(std::uint64_t now_ms) { return {.now_ms = now_ms, .started_ms = 0}; }

constexpr Operation claim_of(const Owner& owner) {
  return {.verb = Verb::claim, .owner = owner, .lease_ms = 13'000};
}

constexpr Operation commit_of(std::uint64_t epoch, std::uint16_t status) {
  return {.verb = Verb::commit, .retain_ms = 604'800'000, .epoch = epoch, .status = status};
}

constexpr Operation release_of(std::uint64_t epoch, Outcome outcome) {
  return {.verb = Verb::release, .retain_ms = 604'800'000, .epoch = epoch, .outcome = outcome};
}

/// Claimed by `ana` at 50 000 for 13 seconds, as the seventh grant.
constexpr Row claimed{.state = State::claimed,
                      .epoch = 7,
                      .owner = ana,
                      .lease_until_ms = 63'000,
                      .first_seen_ms = 40'000,
                      .attempts = 3};

constexpr Row retryable{
    .state = State::retryable, .epoch = 7, .first_seen_ms = 40'000, .attempts = 3};

constexpr Row finished{.state = State::done,
                       .epoch = 7,
                       .first_seen_ms = 40'000,
                       .expires_ms = 90'000,
                       .attempts = 3,
                       .status = 204};

constexpr Row marked(Row row) {
  row.maybe_duplicate = true;
  return row;
}

TEST(LedgerClaim, GrantsTheFirstClaimOfAnEvent) {
  const Transition transition = apply(Row{}, claim_of(ana), steady(50'000));
  EXPECT_EQ(transition.reply, (Reply{.answer = Answer::granted, .epoch = 1}));
  EXPECT_EQ(transition.row, (Row{.state = State::claimed,
                                 .epoch = 1,
                                 .owner = ana,
                                 .lease_until_ms = 63'000,
                                 .first_seen_ms = 50'000}));
}

TEST(LedgerClaim, KeepsALeaseInMemoryOnly) {
  EXPECT_EQ(apply(Row{}, claim_of(ana), steady(50'000)).keep, Keep::in_memory);
  EXPECT_EQ(apply(claimed, claim_of(ben), steady(63'000)).keep, Keep::in_memory);
}

TEST(LedgerClaim, GrantsAReleasedEventUnderALaterEpoch) {
  const Transition transition = apply(retryable, claim_of(ben), steady(70'000));
  EXPECT_EQ(transition.reply, (Reply{.answer = Answer::granted, .epoch = 8}));
  EXPECT_EQ(transition.row.first_seen_ms, 40'000U);
  EXPECT_EQ(transition.row.attempts, 3U);
}

TEST(LedgerClaim, StaysMarkedOnceMarked) {
  const Transition transition = apply(marked(retryable), claim_of(ben), steady(70'000));
  EXPECT_TRUE(transition.reply.maybe_duplicate);
}

TEST(LedgerClaim, GrantsTheSameOwnerTheSameEpochAgain) {
  const Transition transition = apply(claimed, claim_of(ana), steady(62'999));
  EXPECT_EQ(transition.reply, (Reply{.answer = Answer::granted, .epoch = 7}));
  EXPECT_EQ(transition.row, claimed);
  EXPECT_EQ(transition.keep, Keep::unchanged);
}

TEST(LedgerClaim, TellsAnotherOwnerHowLongTheLeaseStillRuns) {
  const Transition transition = apply(claimed, claim_of(ben), steady(62'999));
  EXPECT_EQ(transition.reply, (Reply{.answer = Answer::busy, .wait_ms = 1}));
  EXPECT_EQ(transition.row, claimed);
  EXPECT_EQ(transition.keep, Keep::unchanged);
}

TEST(LedgerClaim, TakesOverALeaseThatIsOverAndMarksTheForward) {
  const Transition transition = apply(claimed, claim_of(ben), steady(63'000));
  EXPECT_EQ(transition.reply,
            (Reply{.answer = Answer::granted, .epoch = 8, .maybe_duplicate = true}));
  EXPECT_EQ(transition.row.owner, ben);
}

TEST(LedgerClaim, MarksTheSameOwnerTooOnceItsLeaseIsOver) {
  const Transition transition = apply(claimed, claim_of(ana), steady(63'000));
  EXPECT_EQ(transition.reply,
            (Reply{.answer = Answer::granted, .epoch = 8, .maybe_duplicate = true}));
}

TEST(LedgerClaim, AnswersADoneEventWithTheStatusOfThen) {
  const Transition transition = apply(finished, claim_of(ben), steady(89'999));
  EXPECT_EQ(transition.reply, (Reply{.answer = Answer::duplicate, .status = 204}));
  EXPECT_EQ(transition.row, finished);
  EXPECT_EQ(transition.keep, Keep::unchanged);
}

TEST(LedgerClaim, GrantsAnExpiredEventAsIfNewButUnderALaterEpoch) {
  const Transition transition = apply(marked(finished), claim_of(ben), steady(90'000));
  EXPECT_EQ(transition.reply, (Reply{.answer = Answer::granted, .epoch = 8}));
  EXPECT_EQ(transition.row, (Row{.state = State::claimed,
                                 .epoch = 8,
                                 .owner = ben,
                                 .lease_until_ms = 103'000,
                                 .first_seen_ms = 90'000}));
}

TEST(LedgerClaim, ForgetsAReleasedEventWhenItExpires) {
  Row row = marked(retryable);
  row.expires_ms = 90'000;
  EXPECT_TRUE(apply(row, claim_of(ben), steady(89'999)).reply.maybe_duplicate);
  EXPECT_FALSE(apply(row, claim_of(ben), steady(90'000)).reply.maybe_duplicate);
}

TEST(LedgerClaim, IsForgottenByItsLeaseOnlyNotByRetention) {
  Row released = retryable;
  released.expires_ms = 90'000;
  EXPECT_EQ(apply(released, claim_of(ana), steady(70'000)).row.expires_ms, 0U);
  Row held = claimed;
  held.expires_ms = 50'000;
  EXPECT_EQ(apply(held, claim_of(ben), steady(51'000)).reply.answer, Answer::busy);
}

TEST(LedgerRestart, LiftsEpochsAboveAllThatWereGrantedBefore) {
  const Clock clock{.now_ms = 1'800'000'090'000, .started_ms = 1'800'000'000'000};
  const Transition absent = apply(Row{}, claim_of(ana), clock);
  EXPECT_EQ(absent.reply.epoch, 117'964'800'000'000'000U);  // 1 800 000 000 000 times 65 536.
  const Transition again = apply(absent.row, claim_of(ben),
                                 {.now_ms = 1'800'000'190'000, .started_ms = 1'800'000'000'000});
  EXPECT_EQ(again.reply.epoch, 117'964'800'000'000'001U);
}

TEST(LedgerRestart, NeverLowersAnEpoch) {
  Row row = retryable;
  row.epoch = 200'000'000'000'000'000;
  const Clock clock{.now_ms = 1'800'000'090'000, .started_ms = 1'800'000'000'000};
  EXPECT_EQ(apply(row, claim_of(ana), clock).reply.epoch, 200'000'000'000'000'001U);
}

TEST(LedgerRestart, MarksEveryGrantWithinOneLeaseOfTheStart) {
  const auto is_marked = [](std::uint64_t now_ms) {
    return apply(Row{}, claim_of(ana), {.now_ms = now_ms, .started_ms = 50'000})
        .reply.maybe_duplicate;
  };
  EXPECT_TRUE(is_marked(50'000));
  EXPECT_TRUE(is_marked(62'999));
  EXPECT_FALSE(is_marked(63'000));
}

TEST(LedgerRestart, MarksAnExpiredEventToo) {
  const Clock clock{.now_ms = 90'000, .started_ms = 89'000};
  EXPECT_TRUE(apply(finished, claim_of(ana), clock).reply.maybe_duplicate);
}

TEST(LedgerRestart, MarksNothingInAStoreThatLosesNothing) {
  EXPECT_FALSE(apply(Row{}, claim_of(ana), steady(0)).reply.maybe_duplicate);
}

TEST(LedgerCommit, MakesAClaimedEventDoneForItsRetention) {
  const Transition transition = apply(marked(claimed), commit_of(7, 202), steady(51'000));
  EXPECT_EQ(transition.reply, (Reply{.answer = Answer::done, .status = 202}));
  EXPECT_EQ(transition.keep, Keep::durable);
  EXPECT_EQ(transition.row, (Row{.state = State::done,
                                 .epoch = 7,
                                 .first_seen_ms = 40'000,
                                 .expires_ms = 604'851'000,
                                 .attempts = 3,
                                 .maybe_duplicate = true,
                                 .status = 202}));
}

TEST(LedgerCommit, IsTakenFromAnEarlierEpochWhileAnotherHoldsTheLease) {
  const Transition transition = apply(claimed, commit_of(6, 200), steady(51'000));
  EXPECT_EQ(transition.row.state, State::done);
  EXPECT_EQ(transition.row.epoch, 7U);
  EXPECT_EQ(transition.reply.answer, Answer::done);
}

TEST(LedgerCommit, IsTakenAfterTheLeaseIsOver) {
  EXPECT_EQ(apply(claimed, commit_of(7, 200), steady(63'000)).row.state, State::done);
}

TEST(LedgerCommit, IsTakenForAReleasedEvent) {
  const Transition transition = apply(retryable, commit_of(7, 200), steady(51'000));
  EXPECT_EQ(transition.row.state, State::done);
  EXPECT_EQ(transition.keep, Keep::durable);
}

TEST(LedgerCommit, IsTakenWhenTheLeaseWasLostWithARestart) {
  const Transition transition = apply(Row{}, commit_of(9, 200), steady(51'000));
  EXPECT_EQ(transition.keep, Keep::durable);
  EXPECT_EQ(transition.row, (Row{.state = State::done,
                                 .epoch = 9,
                                 .first_seen_ms = 51'000,
                                 .expires_ms = 604'851'000,
                                 .status = 200}));
}

TEST(LedgerCommit, IsStoredAnewWhenWhatWasDoneHasExpired) {
  const Transition transition = apply(finished, commit_of(8, 200), steady(90'000));
  EXPECT_EQ(transition.keep, Keep::durable);
  EXPECT_EQ(transition.row.status, 200U);
  EXPECT_EQ(transition.row.expires_ms, 604'890'000U);
}

TEST(LedgerCommit, OfADoneEventChangesNothingAndTellsTheFirstStatus) {
  const Transition transition = apply(finished, commit_of(8, 200), steady(89'999));
  EXPECT_EQ(transition.reply, (Reply{.answer = Answer::done, .status = 204}));
  EXPECT_EQ(transition.row, finished);
  EXPECT_EQ(transition.keep, Keep::unchanged);
}

TEST(LedgerRelease, WithAKnownOutcomeFreesTheEventWithoutADurableWrite) {
  const Transition transition = apply(claimed, release_of(7, Outcome::known), steady(51'000));
  EXPECT_EQ(transition.reply, (Reply{.answer = Answer::done}));
  EXPECT_EQ(transition.keep, Keep::in_memory);
  EXPECT_EQ(transition.row, (Row{.state = State::retryable,
                                 .epoch = 7,
                                 .first_seen_ms = 40'000,
                                 .expires_ms = 604'851'000,
                                 .attempts = 4}));
}

TEST(LedgerRelease, WithAnUnknownOutcomeMarksTheEventForGood) {
  const Transition transition = apply(claimed, release_of(7, Outcome::unknown), steady(51'000));
  EXPECT_EQ(transition.keep, Keep::durable);
  EXPECT_TRUE(transition.row.maybe_duplicate);
  EXPECT_EQ(transition.row.state, State::retryable);
}

TEST(LedgerRelease, OfAMarkedEventIsDurableWhateverItsOutcome) {
  const Transition transition =
      apply(marked(claimed), release_of(7, Outcome::known), steady(51'000));
  EXPECT_EQ(transition.keep, Keep::durable);
  EXPECT_TRUE(transition.row.maybe_duplicate);
}

TEST(LedgerRelease, IsTakenAfterTheLeaseIsOverIfNobodyTookIt) {
  const Transition transition = apply(claimed, release_of(7, Outcome::known), steady(63'000));
  EXPECT_EQ(transition.row.state, State::retryable);
  EXPECT_FALSE(transition.row.maybe_duplicate);
}

TEST(LedgerRelease, FromAnEarlierEpochLeavesTheLeaseAlone) {
  const Transition transition = apply(claimed, release_of(6, Outcome::known), steady(51'000));
  EXPECT_EQ(transition.reply, (Reply{.answer = Answer::ignored}));
  EXPECT_EQ(transition.row, claimed);
  EXPECT_EQ(transition.keep, Keep::unchanged);
}

TEST(LedgerRelease, FromAnEarlierEpochLeavesItsDoubtButNotMore) {
  const Transition transition = apply(claimed, release_of(6, Outcome::unknown), steady(51'000));
  EXPECT_EQ(transition.row, marked(claimed));
  EXPECT_EQ(transition.reply.answer, Answer::done);
  EXPECT_EQ(transition.keep, Keep::in_memory);
}

TEST(LedgerRelease, LeavesItsDoubtWhenTheLeaseWasLostWithARestart) {
  const Transition transition = apply(Row{}, release_of(9, Outcome::unknown), steady(51'000));
  EXPECT_EQ(transition.keep, Keep::durable);
  EXPECT_EQ(transition.row, (Row{.state = State::retryable,
                                 .epoch = 9,
                                 .first_seen_ms = 51'000,
                                 .expires_ms = 604'851'000,
                                 .maybe_duplicate = true}));
}

TEST(LedgerRelease, WithAKnownOutcomeIsIgnoredWhenThereIsNothingToFree) {
  for (const Row& row : {Row{}, retryable, finished}) {
    const Transition transition = apply(row, release_of(7, Outcome::known), steady(51'000));
    EXPECT_EQ(transition.reply, (Reply{.answer = Answer::ignored}));
    EXPECT_EQ(transition.row, row);
    EXPECT_EQ(transition.keep, Keep::unchanged);
  }
}

TEST(LedgerRelease, NeverUndoesADoneEvent) {
  for (const Outcome outcome : {Outcome::known, Outcome::unknown}) {
    const Transition transition = apply(finished, release_of(7, outcome), steady(51'000));
    EXPECT_EQ(transition.reply.answer, Answer::ignored);
    EXPECT_EQ(transition.row, finished);
    EXPECT_EQ(transition.keep, Keep::unchanged);
  }
}

TEST(LedgerLimits, StopsCountingAttemptsAtTheLargestNumber) {
  Row row = claimed;
  row.attempts = 65'535;
  const Transition transition = apply(row, release_of(7, Outcome::known), steady(51'000));
  EXPECT_EQ(transition.row.attempts, 65'535U);
}

TEST(LedgerLimits, EndsALeaseNoLaterThanTimeItself) {
  const Transition transition = apply(Row{}, claim_of(ana), steady(largest - 1));
  EXPECT_EQ(transition.row.lease_until_ms, largest);
  EXPECT_EQ(apply(transition.row, claim_of(ben), steady(largest - 1)).reply.wait_ms, 1U);
}

TEST(LedgerLimits, TakesALeaseOfNothingAsOverAtOnce) {
  Operation operation = claim_of(ana);
  operation.lease_ms = 0;
  const Transition first = apply(Row{}, operation, {.now_ms = 50'000, .started_ms = 50'000});
  EXPECT_EQ(first.reply.answer, Answer::granted);
  EXPECT_FALSE(first.reply.maybe_duplicate);
  const Transition second = apply(first.row, operation, steady(50'000));
  EXPECT_EQ(second.reply.epoch, first.reply.epoch + 1);
  EXPECT_TRUE(second.reply.maybe_duplicate);
}

TEST(LedgerLimits, RemembersForEverWhenRetentionIsZeroOrTooLong) {
  for (const std::uint64_t retain_ms : {std::uint64_t{0}, largest}) {
    Operation operation = commit_of(7, 200);
    operation.retain_ms = retain_ms;
    const Transition transition = apply(claimed, operation, steady(51'000));
    EXPECT_EQ(transition.row.expires_ms, 0U);
    EXPECT_EQ(apply(transition.row, claim_of(ben), steady(largest)).reply.answer,
              Answer::duplicate);
  }
}

TEST(LedgerLimits, GrantsNothingOnceTheEpochCannotRise) {
  Row row = retryable;
  row.epoch = largest;
  const Transition transition = apply(row, claim_of(ana), steady(70'000));
  EXPECT_EQ(transition.reply, (Reply{.answer = Answer::busy, .wait_ms = 13'000}));
  EXPECT_EQ(transition.keep, Keep::unchanged);
}

TEST(LedgerLimits, TakesAStartBeyondTheLimitAsTheLimit) {
  for (const std::uint64_t started_ms : {std::uint64_t{1} << 48, largest}) {
    const Clock clock{.now_ms = 0, .started_ms = started_ms};
    const Transition transition = apply(Row{}, claim_of(ana), clock);
    EXPECT_EQ(transition.reply.epoch, 0xffff'ffff'ffff'0000U);
    EXPECT_TRUE(transition.reply.maybe_duplicate);
  }
}

}  // namespace
}  // namespace postern::ledger
