#include <gtest/gtest.h>

#include <cstdint>
#include <limits>

#include "postern/ledger/ledger.h"

// The rules of queue mode with every number written out, as ledger_rules_test.cpp has those of
// proxy mode.

namespace postern::ledger {
namespace {

constexpr Owner ana{std::byte{0xa1}};
constexpr Owner ben{std::byte{0xb2}};

constexpr Clock at(std::uint64_t now_ms) { return {.now_ms = now_ms, .started_ms = 0}; }

constexpr Row accepted{
    .state = State::accepted, .epoch = 7, .first_seen_ms = 40'000, .attempts = 3, .due_ms = 50'000};

/// Taken by `ana` at 50 000 for 13 seconds.
constexpr Row delivering{.state = State::delivering,
                         .epoch = 8,
                         .owner = ana,
                         .lease_until_ms = 63'000,
                         .first_seen_ms = 40'000,
                         .attempts = 3};

constexpr Operation take_of(const Owner& owner) {
  return {.verb = Verb::take, .owner = owner, .lease_ms = 13'000};
}

constexpr std::uint64_t largest = std::numeric_limits<std::uint64_t>::max();

constexpr Row dead{
    .state = State::dead, .epoch = 8, .first_seen_ms = 40'000, .attempts = 20, .status = 503};

constexpr Row released{.state = State::retryable,
                       .epoch = 8,
                       .first_seen_ms = 40'000,
                       .expires_ms = 90'000,
                       .attempts = 4};

constexpr Row finished{.state = State::done,
                       .epoch = 8,
                       .first_seen_ms = 40'000,
                       .expires_ms = 90'000,
                       .attempts = 4,
                       .status = 204};

constexpr Operation reopening{.verb = Verb::reopen, .retain_ms = 600'000};

constexpr Operation dropping{.verb = Verb::drop, .retain_ms = 600'000};

constexpr Row claimed_by_ana() {
  Row row = delivering;
  row.state = State::claimed;
  return row;
}

/// What a run says whose forward failed; a retention that must not touch what is owed.
constexpr Operation end_of(Verb verb, std::uint64_t epoch, Outcome outcome) {
  return {.verb = verb,
          .retain_ms = 600'000,
          .epoch = epoch,
          .status = 500,
          .outcome = outcome,
          .delay_ms = verb == Verb::fail ? 9000U : 0U};
}

TEST(LedgerAccept, OwesTheEventFromItsDelayOn) {
  const Operation accept{.verb = Verb::accept, .delay_ms = 5000};
  const Transition transition = apply(Row{}, accept, at(40'000));
  EXPECT_EQ(transition.row,
            (Row{.state = State::accepted, .first_seen_ms = 40'000, .due_ms = 45'000}));
  EXPECT_EQ(transition.keep, Keep::durable);
  EXPECT_EQ(transition.reply, (Reply{.answer = Answer::accepted}));
}

TEST(LedgerAccept, StartsToCountAnewAndKeepsEpochAndMark) {
  const Row failed{.state = State::retryable,
                   .epoch = 5,
                   .first_seen_ms = 30'000,
                   .expires_ms = 90'000,
                   .attempts = 4,
                   .maybe_duplicate = true};
  EXPECT_EQ(apply(failed, {.verb = Verb::accept}, at(40'000)).row, (Row{.state = State::accepted,
                                                                        .epoch = 5,
                                                                        .first_seen_ms = 30'000,
                                                                        .maybe_duplicate = true,
                                                                        .due_ms = 40'000}));
}

TEST(LedgerTake, GrantsWhatIsDueAndTellsHowOftenItFailed) {
  const Transition transition = apply(accepted, take_of(ana), at(50'000));
  EXPECT_EQ(transition.row, delivering);
  EXPECT_EQ(transition.keep, Keep::in_memory);
  EXPECT_EQ(transition.reply, (Reply{.answer = Answer::granted, .epoch = 8, .attempts = 3}));
  const Transition early = apply(accepted, take_of(ana), at(49'999));
  EXPECT_EQ(early.reply, (Reply{.answer = Answer::busy, .wait_ms = 1}));
  EXPECT_EQ(early.row, accepted);
}

TEST(LedgerTake, TakesOverALeaseThatIsOver) {
  const Transition running = apply(delivering, take_of(ben), at(62'999));
  EXPECT_EQ(running.reply, (Reply{.answer = Answer::busy, .wait_ms = 1}));
  const Transition over = apply(delivering, take_of(ben), at(63'000));
  EXPECT_EQ(over.reply,
            (Reply{.answer = Answer::granted, .epoch = 9, .maybe_duplicate = true, .attempts = 4}));
  EXPECT_EQ(over.row.attempts, 4U);
  EXPECT_EQ(over.row.lease_until_ms, 76'000U);
  EXPECT_EQ(over.row.owner, ben);
}

// An operator is to see why the event is late: what the origin said, or that it said nothing.
TEST(LedgerFail, KeepsWhatTheOriginSaidLast) {
  Row row = delivering;
  row.status = 503;
  Operation failing = end_of(Verb::fail, 8, Outcome::unknown);
  failing.status = 0;
  EXPECT_EQ(apply(row, failing, at(60'000)).row.status, 0U);
  const Transition taken = apply(apply(row, end_of(Verb::fail, 8, Outcome::known), at(60'000)).row,
                                 take_of(ben), at(69'000));
  EXPECT_EQ(taken.row.status, 500U);
  EXPECT_EQ(taken.reply.status, 0U);
}

TEST(LedgerFail, CountsAndComesBackWhenItIsDue) {
  for (const auto outcome : {Outcome::known, Outcome::unknown}) {
    const Transition transition = apply(delivering, end_of(Verb::fail, 8, outcome), at(60'000));
    EXPECT_EQ(transition.row, (Row{.state = State::accepted,
                                   .epoch = 8,
                                   .first_seen_ms = 40'000,
                                   .attempts = 4,
                                   .maybe_duplicate = outcome == Outcome::unknown,
                                   .status = 500,
                                   .due_ms = 69'000}));
    EXPECT_EQ(transition.keep, Keep::durable);
    EXPECT_EQ(transition.reply, (Reply{.answer = Answer::done}));
  }
}

TEST(LedgerBury, KeepsADeadEventForEver) {
  const Transition transition =
      apply(delivering, end_of(Verb::bury, 8, Outcome::known), at(60'000));
  EXPECT_EQ(transition.row, (Row{.state = State::dead,
                                 .epoch = 8,
                                 .first_seen_ms = 40'000,
                                 .attempts = 4,
                                 .status = 500}));
  EXPECT_EQ(transition.keep, Keep::durable);
  constexpr std::uint64_t later = std::numeric_limits<std::uint64_t>::max();
  EXPECT_EQ(apply(transition.row, take_of(ben), at(later)).reply.answer, Answer::duplicate);
}

// Its run would report an event as dead that another run is about to deliver.
TEST(LedgerBury, FromAnEarlierEpochLeavesItsDoubtAndSaysThatItWasIgnored) {
  for (const auto verb : {Verb::fail, Verb::bury}) {
    const Transition transition = apply(delivering, end_of(verb, 7, Outcome::unknown), at(60'000));
    Row marked = delivering;
    marked.maybe_duplicate = true;
    EXPECT_EQ(transition.row, marked);
    EXPECT_EQ(transition.keep, Keep::in_memory);
    EXPECT_EQ(transition.reply, (Reply{.answer = Answer::ignored}));
  }
}

TEST(LedgerReopen, OwesADeadEventAtOnceWithAllItsAttempts) {
  const Transition transition = apply(dead, {.verb = Verb::reopen}, at(90'000));
  EXPECT_EQ(transition.row,
            (Row{.state = State::accepted, .epoch = 8, .first_seen_ms = 40'000, .due_ms = 90'000}));
  EXPECT_EQ(transition.keep, Keep::durable);
}

/// An operator sees that an event is owed, and asks for it while a run commits.
TEST(LedgerRedrive, LeavesAloneWhatWasDoneMeanwhile) {
  const Operation redriving{.verb = Verb::redrive, .retain_ms = 600'000};
  for (const Row& row : {finished, released, claimed_by_ana(), Row{}}) {
    const Transition transition = apply(row, redriving, at(60'000));
    EXPECT_EQ(transition.row, row);
    EXPECT_EQ(transition.keep, Keep::unchanged);
    EXPECT_EQ(transition.reply, (Reply{.answer = Answer::ignored}));
  }
}

TEST(LedgerRedrive, OwesADeadEventAtOnceWithAllItsAttempts) {
  const Transition transition = apply(dead, {.verb = Verb::redrive}, at(90'000));
  EXPECT_EQ(transition.row,
            (Row{.state = State::accepted, .epoch = 8, .first_seen_ms = 40'000, .due_ms = 90'000}));
  EXPECT_EQ(transition.keep, Keep::durable);
  EXPECT_EQ(transition.reply, (Reply{.answer = Answer::done}));
}

TEST(LedgerDue, IsWhenTheStoreHasToDriveAnEventItself) {
  EXPECT_EQ(due_of(accepted), 50'000U);
  EXPECT_EQ(due_of(delivering), 63'000U);
  for (const auto state :
       {State::absent, State::claimed, State::retryable, State::done, State::dead}) {
    Row row = delivering;
    row.state = state;
    row.due_ms = 50'000;
    EXPECT_EQ(due_of(row), 0U);
  }
}

TEST(LedgerAccept, WaitsForARunningClaimEvenOfTheSameOwner) {
  const Operation operation{.verb = Verb::accept, .owner = ana};
  const Transition early = apply(claimed_by_ana(), operation, at(62'999));
  EXPECT_EQ(early.reply, (Reply{.answer = Answer::busy, .wait_ms = 1}));
  EXPECT_EQ(early.keep, Keep::unchanged);
  const Transition late = apply(claimed_by_ana(), operation, at(63'000));
  EXPECT_EQ(late.reply, (Reply{.answer = Answer::accepted}));
  EXPECT_TRUE(late.row.maybe_duplicate);
  EXPECT_EQ(late.row.attempts, 0U);
}

TEST(LedgerAccept, TellsTheStatusOfWhatIsDoneAndNoneOfWhatIsOwed) {
  EXPECT_EQ(apply(finished, {.verb = Verb::accept}, at(50'000)).reply,
            (Reply{.answer = Answer::duplicate, .status = 204}));
  for (const Row& row : {accepted, delivering, dead}) {
    const Transition transition = apply(row, {.verb = Verb::accept}, at(50'000));
    EXPECT_EQ(transition.reply, (Reply{.answer = Answer::duplicate}));
    EXPECT_EQ(transition.row, row);
  }
}

TEST(LedgerTake, GrantsTheSameRunTheSameEpochAgain) {
  const Transition transition = apply(delivering, take_of(ana), at(62'999));
  EXPECT_EQ(transition.reply, (Reply{.answer = Answer::granted, .epoch = 8, .attempts = 3}));
  EXPECT_EQ(transition.row, delivering);
  EXPECT_EQ(transition.keep, Keep::unchanged);
}

TEST(LedgerTake, TellsTheStatusOfWhatIsDoneAndNoneOfWhatIsDead) {
  EXPECT_EQ(apply(finished, take_of(ana), at(50'000)).reply,
            (Reply{.answer = Answer::duplicate, .status = 204}));
  EXPECT_EQ(apply(dead, take_of(ana), at(50'000)).reply, (Reply{.answer = Answer::duplicate}));
}

TEST(LedgerTake, FindsNothingOwedOnceWhatWasDoneIsForgotten) {
  EXPECT_EQ(apply(finished, take_of(ana), at(90'000)).reply, (Reply{.answer = Answer::ignored}));
}

TEST(LedgerTake, LiftsItsEpochAndMarksItsForwardAfterAStart) {
  // The lease of before the start was in memory: the row on disk is still the accepted one.
  const Clock clock{.now_ms = 1'800'000'012'999, .started_ms = 1'800'000'000'000};
  const Reply soon = apply(accepted, take_of(ana), clock).reply;
  EXPECT_EQ(soon.epoch, 117'964'800'000'000'000U);  // 1 800 000 000 000 times 65 536.
  EXPECT_TRUE(soon.maybe_duplicate);
  const Clock later{.now_ms = 1'800'000'013'000, .started_ms = 1'800'000'000'000};
  EXPECT_FALSE(apply(accepted, take_of(ana), later).reply.maybe_duplicate);
}

TEST(LedgerFail, WhenARestartTookTheLeaseLeavesTheEventDueAsItWas) {
  const Transition transition =
      apply(accepted, end_of(Verb::fail, 9, Outcome::unknown), at(51'000));
  Row expected = accepted;
  expected.maybe_duplicate = true;
  expected.epoch = 9;
  EXPECT_EQ(transition.row, expected);
  EXPECT_EQ(transition.keep, Keep::durable);
}

TEST(LedgerFail, EndsNoLeaseOfAClaim) {
  EXPECT_EQ(apply(claimed_by_ana(), end_of(Verb::fail, 8, Outcome::known), at(51'000)).row,
            claimed_by_ana());
}

TEST(LedgerRelease, EndsNoLeaseOfARun) {
  EXPECT_EQ(apply(delivering, end_of(Verb::release, 8, Outcome::known), at(51'000)).row,
            delivering);
}

TEST(LedgerCommit, EndsWhatIsOwedWhoeverBringsIt) {
  for (const Row& row : {accepted, delivering, dead}) {
    const Operation commit{.verb = Verb::commit, .retain_ms = 600'000, .epoch = 6, .status = 202};
    const Transition transition = apply(row, commit, at(51'000));
    EXPECT_EQ(transition.reply, (Reply{.answer = Answer::done, .status = 202}));
    EXPECT_EQ(transition.keep, Keep::durable);
    EXPECT_EQ(transition.row, (Row{.state = State::done,
                                   .epoch = row.epoch,
                                   .first_seen_ms = 40'000,
                                   .expires_ms = 651'000,
                                   .attempts = row.attempts,
                                   .status = 202}));
  }
}

TEST(LedgerReopen, MarksWhatSomebodyMayBeForwarding) {
  const Transition transition = apply(delivering, reopening, at(51'000));
  EXPECT_EQ(transition.row, (Row{.state = State::accepted,
                                 .epoch = 8,
                                 .first_seen_ms = 40'000,
                                 .maybe_duplicate = true,
                                 .due_ms = 51'000}));
}

TEST(LedgerReopen, LetsTheSendersNextDeliveryThrough) {
  for (const Row& row : {claimed_by_ana(), released, finished}) {
    const Transition transition = apply(row, reopening, at(51'000));
    EXPECT_EQ(transition.keep, Keep::durable);
    EXPECT_EQ(transition.row, (Row{.state = State::retryable,
                                   .epoch = 8,
                                   .first_seen_ms = 40'000,
                                   .expires_ms = 651'000,
                                   .attempts = row.attempts,
                                   .maybe_duplicate = true}));
  }
}

TEST(LedgerReopen, KnowsNothingOfWhatIsForgotten) {
  for (const Row& row : {Row{}, finished}) {
    const Transition transition = apply(row, reopening, at(90'000));
    EXPECT_EQ(transition.reply, (Reply{.answer = Answer::ignored}));
    EXPECT_EQ(transition.row, row);
  }
}

TEST(LedgerDrop, EndsADeadEventForAsLongAsADoneOneIsKept) {
  const Transition transition = apply(dead, dropping, at(51'000));
  EXPECT_EQ(transition.row, (Row{.state = State::done,
                                 .epoch = 8,
                                 .first_seen_ms = 40'000,
                                 .expires_ms = 651'000,
                                 .attempts = 20}));
  EXPECT_EQ(transition.keep, Keep::durable);
  EXPECT_EQ(transition.reply, (Reply{.answer = Answer::done}));
  for (const Verb verb : {Verb::claim, Verb::accept, Verb::take}) {
    const Operation repeat{.verb = verb, .owner = ben, .lease_ms = 13'000};
    EXPECT_EQ(apply(transition.row, repeat, at(650'999)).reply,
              (Reply{.answer = Answer::duplicate}));
    EXPECT_NE(apply(transition.row, repeat, at(651'000)).reply.answer, Answer::duplicate);
  }
}

// Whoever lists the dead and then drops them must not drop what another has redriven meanwhile.
TEST(LedgerDrop, LeavesAllThatIsNotDead) {
  for (const Row& row : {Row{}, claimed_by_ana(), released, finished, accepted, delivering}) {
    const Transition transition = apply(row, dropping, at(51'000));
    EXPECT_EQ(transition.row, row);
    EXPECT_EQ(transition.keep, Keep::unchanged);
    EXPECT_EQ(transition.reply, (Reply{.answer = Answer::ignored}));
  }
}

TEST(LedgerDrop, IsTakenBackByAReopen) {
  const Row dropped = apply(dead, dropping, at(51'000)).row;
  const Transition transition = apply(dropped, reopening, at(52'000));
  EXPECT_EQ(transition.row.state, State::retryable);
  EXPECT_TRUE(transition.row.maybe_duplicate);
}

TEST(LedgerLimits, StopsCountingFailedRunsAtTheLargestNumber) {
  Row row = delivering;
  row.attempts = 65'535;
  EXPECT_EQ(apply(row, take_of(ben), at(63'000)).row.attempts, 65'535U);
  for (const Verb verb : {Verb::fail, Verb::bury}) {
    EXPECT_EQ(apply(row, end_of(verb, 8, Outcome::known), at(51'000)).row.attempts, 65'535U);
  }
}

TEST(LedgerLimits, IsDueNoLaterThanTimeItself) {
  EXPECT_EQ(apply(Row{}, {.verb = Verb::accept, .delay_ms = 60'000}, at(largest - 1)).row.due_ms,
            largest);
  EXPECT_EQ(apply(delivering, end_of(Verb::fail, 8, Outcome::known), at(largest - 1)).row.due_ms,
            largest);
}

TEST(LedgerLimits, TakesNothingOnceTheEpochCannotRise) {
  Row row = accepted;
  row.epoch = largest;
  const Transition transition = apply(row, take_of(ana), at(50'000));
  EXPECT_EQ(transition.reply, (Reply{.answer = Answer::busy, .wait_ms = 13'000}));
  EXPECT_EQ(transition.row, row) << "and still owed";
  EXPECT_EQ(transition.keep, Keep::unchanged);
}

TEST(LedgerFormsDeathTest, TrapOnWhatNoDecoderGives) {
  EXPECT_DEATH((void)apply(Row{.state = static_cast<State>(7)}, reopening, at(0)), "");
  EXPECT_DEATH((void)apply(Row{}, {.verb = static_cast<Verb>(12)}, at(0)), "");
}

}  // namespace
}  // namespace postern::ledger
