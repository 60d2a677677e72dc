#include <gtest/gtest.h>

#include "postern/ledger/ledger.h"

// The store's own operation: what no run gets as far as to take.

namespace postern::ledger {
namespace {

constexpr Operation giving_up{.verb = Verb::give_up};

constexpr Row accepted{
    .state = State::accepted, .epoch = 7, .first_seen_ms = 40'000, .attempts = 3, .due_ms = 50'000};

constexpr Row delivering{.state = State::delivering,
                         .epoch = 8,
                         .owner = {std::byte{0xa1}},
                         .lease_until_ms = 63'000,
                         .first_seen_ms = 40'000,
                         .attempts = 3};

Transition at(const Row& row, std::uint64_t now_ms) {
  return apply(row, giving_up, {.now_ms = now_ms, .started_ms = 0});
}

TEST(LedgerGiveUp, BuriesWhatIsOwed) {
  Row buried = accepted;
  buried.state = State::dead;
  buried.due_ms = 0;
  const Transition owed = at(accepted, 49'000);
  EXPECT_EQ(owed.row, buried);
  EXPECT_EQ(owed.keep, Keep::durable);
  EXPECT_EQ(owed.reply, (Reply{.answer = Answer::done}));
  buried.epoch = 8;
  buried.maybe_duplicate = true;
  EXPECT_EQ(at(delivering, 63'000).row, buried);
}

TEST(LedgerGiveUp, LeavesAllElseAndWhatARunIsAt) {
  for (const State state : {State::absent, State::claimed, State::retryable, State::done,
                            State::dead, State::delivering}) {
    Row row = state == State::absent ? Row{} : delivering;
    row.state = state;
    EXPECT_EQ(at(row, 62'999).row, row);
    EXPECT_EQ(at(row, 62'999).reply, (Reply{.answer = Answer::ignored}));
  }
}

}  // namespace
}  // namespace postern::ledger
