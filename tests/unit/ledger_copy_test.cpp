#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>

#include "postern/ledger/ledger.h"

// The same content under another hint: the rules one by one, with every number written out. The
// whole table is in ledger_table_test.cpp, and every sequence in ledger_copies_test.cpp.

namespace postern::ledger {
namespace {

constexpr Hint first_hint{std::byte{0xf1}};
constexpr Hint other_hint{std::byte{0xf2}};
constexpr std::uint64_t week_ms = std::uint64_t{7} * 24 * 60 * 60 * 1000;
constexpr std::uint64_t hour_ms = std::uint64_t{60} * 60 * 1000;

constexpr Clock steady(std::uint64_t now_ms) { return {.now_ms = now_ms, .started_ms = 0}; }

constexpr Row finished{.state = State::done,
                       .epoch = 1,
                       .first_seen_ms = 40'000,
                       .expires_ms = 40'000 + week_ms,
                       .status = 200,
                       .hint = first_hint};

constexpr Operation claim_under(Hint hint, std::uint16_t copies_max) {
  return {.verb = Verb::claim,
          .owner = {std::byte{0xa1}},
          .lease_ms = 13'000,
          .retain_ms = week_ms,
          .hint = hint,
          .copies_max = copies_max};
}

TEST(LedgerCopy, IsSentElsewhereAndMarksTheContent) {
  const Transition transition = apply(finished, claim_under(other_hint, 60), steady(50'000));
  EXPECT_EQ(transition.reply, (Reply{.answer = Answer::elsewhere}));
  EXPECT_EQ(transition.keep, Keep::durable);
  Row expected = finished;
  expected.maybe_duplicate = true;
  expected.expires_ms = 50'000 + week_ms + hour_ms;
  expected.copies_until_ms = 50'000 + week_ms + hour_ms;
  expected.copies_since_ms = 50'000;
  expected.copies = 1;
  EXPECT_EQ(transition.row, expected);
}

TEST(LedgerCopy, WritesItsContentOnceInAnHour) {
  const Operation claim = claim_under(other_hint, 60);
  const Row row = apply(finished, claim, steady(50'000)).row;
  EXPECT_EQ(apply(row, claim, steady(50'000 + hour_ms)).keep, Keep::in_memory);
  const Transition later = apply(row, claim, steady(50'001 + hour_ms));
  EXPECT_EQ(later.keep, Keep::durable);
  EXPECT_EQ(later.row.expires_ms, 50'001 + week_ms + 2 * hour_ms);
}

TEST(LedgerCopy, IsOneOfSoManyInAMinute) {
  const Operation claim = claim_under(other_hint, 2);
  Row row = finished;
  row = apply(row, claim, steady(50'000)).row;
  row = apply(row, claim, steady(70'000)).row;
  const Transition third = apply(row, claim, steady(109'999));
  EXPECT_EQ(third.reply, (Reply{.answer = Answer::limited, .wait_ms = 1}));
  EXPECT_EQ(third.keep, Keep::unchanged);
  const Transition later = apply(row, claim, steady(110'000));
  EXPECT_EQ(later.reply.answer, Answer::elsewhere);
  EXPECT_EQ(later.row.copies, 1U);
  EXPECT_EQ(apply(row, claim_under(first_hint, 2), steady(109'999)).reply.answer,
            Answer::duplicate);
}

TEST(LedgerCopy, ThatMayNotBeChangesNothing) {
  const Transition transition = apply(finished, claim_under(other_hint, 0), steady(50'000));
  EXPECT_EQ(transition.reply, (Reply{.answer = Answer::elsewhere}));
  EXPECT_EQ(transition.keep, Keep::unchanged);
}

TEST(LedgerCopy, HasARowThatIsMarkedFromTheStart) {
  Operation claim = claim_under(other_hint, 60);
  claim.is_copy = true;
  EXPECT_EQ(
      apply(Row{}, claim, steady(50'000)).reply,
      (Reply{.answer = Answer::granted, .epoch = 1, .maybe_duplicate = true, .is_copy = true}));
  Operation accept = claim;
  accept.verb = Verb::accept;
  const Transition accepted = apply(Row{}, accept, steady(50'000));
  EXPECT_EQ(accepted.reply, (Reply{.answer = Answer::accepted, .is_copy = true}));
  const Operation take{.verb = Verb::take, .owner = {std::byte{1}}, .lease_ms = 13'000};
  EXPECT_TRUE(apply(accepted.row, take, steady(50'000)).reply.maybe_duplicate);
}

TEST(LedgerCopy, IsRememberedByItsContentThatEndsLater) {
  Row claimed = apply(Row{}, claim_under(first_hint, 60), steady(50'000)).row;
  claimed = apply(claimed, claim_under(other_hint, 60), steady(51'000)).row;
  EXPECT_EQ(claimed.expires_ms, 0U) << "a lease does not expire";
  const Operation commit{.verb = Verb::commit,
                         .retain_ms = 1000,
                         .epoch = claimed.epoch,
                         .status = 200,
                         .hint = first_hint};
  EXPECT_EQ(apply(claimed, commit, steady(52'000)).row.expires_ms, 51'000 + week_ms + hour_ms);
}

TEST(LedgerCopy, EndsNothingOfItsContent) {
  const Row claimed = apply(Row{}, claim_under(first_hint, 60), steady(50'000)).row;
  Operation report{.verb = Verb::commit,
                   .retain_ms = week_ms,
                   .epoch = claimed.epoch,
                   .status = 200,
                   .hint = other_hint};
  for (const Verb verb : {Verb::commit, Verb::release, Verb::fail, Verb::bury}) {
    report.verb = verb;
    report.outcome = verb == Verb::commit ? Outcome::known : Outcome::unknown;
    const Transition transition = apply(claimed, report, steady(51'000));
    EXPECT_EQ(transition.row.state, State::claimed);
    EXPECT_EQ(transition.row.lease_until_ms, claimed.lease_until_ms);
    EXPECT_TRUE(transition.row.maybe_duplicate);
  }
}

}  // namespace
}  // namespace postern::ledger
