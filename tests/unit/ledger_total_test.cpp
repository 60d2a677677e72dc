#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <random>

#include "postern/ledger/ledger.h"

// `apply` on rows, operations and clocks that no honest store would give: every number at its
// edges. What must hold even then; the sanitized build adds that nothing overflows.

namespace postern::ledger {
namespace {

constexpr int rounds = 200'000;

class Edges {
 public:
  std::uint64_t number() {
    constexpr std::uint64_t largest = std::numeric_limits<std::uint64_t>::max();
    constexpr std::uint64_t last_start = (std::uint64_t{1} << 48) - 1;
    constexpr std::array<std::uint64_t, 12> values = {
        0,          1,           2,           last_start - 1, last_start, last_start + 1,
        1ULL << 32, largest / 2, largest - 2, largest - 1,    largest,    1'800'000'000'000};
    return values[below(values.size())];
  }

  std::size_t below(std::size_t count) { return random_() % count; }

  Row row() {
    return {.state = static_cast<State>(below(7)),
            .epoch = number(),
            .owner = {std::byte(below(2))},
            .lease_until_ms = number(),
            .first_seen_ms = number(),
            .expires_ms = number(),
            .attempts = static_cast<std::uint16_t>(number()),
            .maybe_duplicate = below(2) == 1,
            .status = static_cast<std::uint16_t>(number()),
            .due_ms = number(),
            .hint = {std::byte(below(3))},
            .copies_until_ms = number(),
            .copies_since_ms = number(),
            .copies = static_cast<std::uint16_t>(number())};
  }

  Operation operation() {
    return {.verb = static_cast<Verb>(1 + below(10)),
            .owner = {std::byte(below(2))},
            .lease_ms = static_cast<std::uint32_t>(number()),
            .retain_ms = number(),
            .epoch = number(),
            .status = static_cast<std::uint16_t>(number()),
            .outcome = static_cast<Outcome>(below(2)),
            .delay_ms = static_cast<std::uint32_t>(number()),
            .hint = {std::byte(below(3))},
            .copies_max = static_cast<std::uint16_t>(number()),
            .is_copy = below(2) == 1};
  }

  Clock clock() { return {.now_ms = number(), .started_ms = number()}; }

 private:
  std::mt19937_64 random_{20260102};
};

TEST(LedgerApply, GrantsNoEpochTwiceWhateverItIsGiven) {
  Edges edges;
  int grants = 0;
  for (int round = 0; round < rounds; ++round) {
    const Row row = edges.row();
    const Operation operation = edges.operation();
    const Transition transition = apply(row, operation, edges.clock());
    if (transition.reply.answer != Answer::granted) {
      continue;
    }
    ++grants;
    ASSERT_EQ(transition.row.state,
              operation.verb == Verb::take ? State::delivering : State::claimed);
    ASSERT_EQ(transition.row.owner, operation.owner);
    ASSERT_EQ(transition.reply.epoch, transition.row.epoch);
    if (transition.keep != Keep::unchanged && row.state != State::absent) {
      ASSERT_GT(transition.row.epoch, row.epoch);
    }
  }
  EXPECT_GT(grants, 10'000);
}

TEST(LedgerApply, ChangesARowOnlyWhenItSaysSo) {
  Edges edges;
  for (int round = 0; round < rounds; ++round) {
    const Row row = edges.row();
    const Operation operation = edges.operation();
    const Transition transition = apply(row, operation, edges.clock());
    if (transition.keep == Keep::unchanged) {
      ASSERT_EQ(transition.row, row);
    } else if (operation.verb != Verb::reopen && operation.verb != Verb::redrive) {
      // An operator may say it twice.
      ASSERT_NE(transition.row, row);
    }
  }
}

TEST(LedgerApply, LeavesADoneRowOnlyWhenItsRetentionIsOver) {
  Edges edges;
  int kept = 0;
  for (int round = 0; round < rounds; ++round) {
    Row row = edges.row();
    row.state = State::done;
    const Clock clock = edges.clock();
    const Operation operation = edges.operation();
    const Transition transition = apply(row, operation, clock);
    const bool is_over = row.expires_ms != 0 && clock.now_ms >= row.expires_ms;
    if (operation.verb != Verb::reopen && !is_over) {
      ++kept;
      ASSERT_EQ(transition.row.state, State::done);
      ASSERT_EQ(transition.row.status, row.status);
      ASSERT_EQ(transition.row.epoch, row.epoch);
      ASSERT_EQ(transition.row.hint, row.hint);
      ASSERT_GE(transition.row.expires_ms, row.expires_ms);
      if (transition.reply.answer != Answer::elsewhere) {
        ASSERT_EQ(transition.row, row);
        ASSERT_EQ(transition.keep, Keep::unchanged);
      }
    }
  }
  EXPECT_GT(kept, 10'000);
}

TEST(LedgerApply, ForgetsNothingThatIsOwed) {
  Edges edges;
  for (int round = 0; round < rounds; ++round) {
    const Row row = edges.row();
    const Operation operation = edges.operation();
    const Transition transition = apply(row, operation, edges.clock());
    const bool is_dropped = row.state == State::dead && operation.verb == Verb::drop;
    if (row.state >= State::accepted && operation.verb != Verb::commit && !is_dropped) {
      ASSERT_GE(transition.row.state, State::accepted);
    }
    const bool is_counted = transition.reply.answer == Answer::elsewhere;
    if (transition.keep != Keep::unchanged && transition.row.state >= State::accepted &&
        !is_counted) {
      ASSERT_TRUE(transition.row.expires_ms == 0 || transition.row.expires_ms == row.expires_ms);
    }
  }
}

TEST(LedgerApply, WritesDurablyWhateverIsDoneOwedOrReleasedInDoubt) {
  Edges edges;
  for (int round = 0; round < rounds; ++round) {
    const Transition transition = apply(edges.row(), edges.operation(), edges.clock());
    const bool must_survive =
        transition.row.state == State::done || transition.row.state == State::accepted ||
        transition.row.state == State::dead ||
        (transition.row.state == State::retryable && transition.row.maybe_duplicate);
    // A content's row is written for its copies' sake, whatever it is, and their count is not.
    const bool is_counted = transition.reply.answer == Answer::elsewhere;
    if (transition.keep != Keep::unchanged && !is_counted) {
      ASSERT_EQ(transition.keep == Keep::durable, must_survive);
    }
  }
}

TEST(LedgerApply, CountsNoMoreCopiesThanThereMayBe) {
  Edges edges;
  int counted = 0;
  int limited = 0;
  for (int round = 0; round < rounds; ++round) {
    const Row row = edges.row();
    const Operation operation = edges.operation();
    const Transition transition = apply(row, operation, edges.clock());
    if (transition.reply.answer == Answer::limited) {
      ++limited;
      ASSERT_GT(transition.reply.wait_ms, 0U);
    }
    if (transition.reply.answer == Answer::elsewhere && transition.keep != Keep::unchanged) {
      ++counted;
      ASSERT_LE(transition.row.copies, operation.copies_max);
      ASSERT_GE(transition.row.copies, 1U);
      ASSERT_TRUE(transition.row.maybe_duplicate);
      ASSERT_EQ(transition.row.state, row.state);
    }
  }
  EXPECT_GT(counted, 1000);
  EXPECT_GT(limited, 1000);
}

TEST(LedgerApply, NeedsNoMoreOfARowThanItsBytes) {
  Edges edges;
  for (int round = 0; round < rounds; ++round) {
    const Row row = edges.row();
    const Operation operation = edges.operation();
    const Clock clock = edges.clock();
    std::array<std::byte, row_bytes_max> room{};
    const auto stored = decode_row(encode_row(row, room));
    ASSERT_TRUE(stored.has_value());
    ASSERT_EQ(apply(*stored, operation, clock).reply, apply(row, operation, clock).reply);
  }
}

}  // namespace
}  // namespace postern::ledger
