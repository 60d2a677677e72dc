#include <gtest/gtest.h>

#include <string>

#include "broken_engine.h"
#include "harness/simulate/campaign.h"
#include "seeded_mistakes.h"

// What is checked of operators and of admission, broken on purpose.

namespace postern::harness::simulate {
namespace {

using namespace testing_support;

// Numbers of wasm/postern/ledger/ledger.h and docs/ABI.md.
enum LedgerVerb : char { reopen = 8, drop = 9, redrive = 10 };
enum RowState : char { retryable = 2, dead = 6 };
constexpr std::uint8_t done = 4;
constexpr char limit_effect = 5;
constexpr char limit_unavailable = 0;
constexpr char limit_allowed = 1;
constexpr char limit_denied = 2;

/// What the store does for an operator's `verb`, changed; `Change` as in `Mistake`.
Mistake changes_order(LedgerVerb verb, const Mistake::Change& change) {
  return {.begin = {},
          .resume = {},
          .ledger = [verb, change](std::string_view frame, std::string answer,
                                   const Mistake::Ask& ask) {
            return frame[verb_at(frame)] == verb ? change(frame, std::move(answer), ask) : answer;
          }};
}

/// One byte of the row that an operator's `verb` leaves, changed.
Mistake changes_row_of(LedgerVerb verb, std::size_t at, std::string_view bytes) {
  return changes_order(verb, [at, bytes = std::string(bytes)](std::string_view, std::string answer,
                                                              const Mistake::Ask&) {
    if (answer_of_ledger(answer) == done) {
      answer.replace(kept_row_at + 2 + at, bytes.size(), bytes);
    }
    return answer;
  });
}

/// A frame as if another verb stood in it.
std::string with_verb(std::string_view frame, LedgerVerb verb) {
  std::string changed(frame);
  changed[verb_at(frame)] = verb;
  return changed;
}

/// The row is dead whenever an operator wants to drop it.
Mistake drops_anything() {
  return changes_order(drop,
                       [](std::string_view frame, std::string answer, const Mistake::Ask& ask) {
                         std::string changed(frame);
                         if (row_of(frame).empty() || answer_of_ledger(answer) == done) {
                           return answer;
                         }
                         changed[row_at + 2 + state_in_row] = dead;
                         return ask(changed);
                       });
}

/// What the module is told of a rate limiter that said `instead_of`.
Mistake takes_limits_for(char instead_of, char said) {
  return {
      .begin = {},
      .resume =
          [instead_of, said](std::string_view frame, std::string step, const Mistake::Ask& ask) {
            const std::size_t end = frame.size();
            const bool is_it = frame[end - 2] == limit_effect && frame[end - 1] == instead_of;
            std::string changed(frame);
            changed[end - 1] = said;
            return is_it ? ask(changed) : step;
          },
      .ledger = {}};
}

/// Every delivery begins with `to` in place of `from`.
Mistake replaces_arrivals(std::string from, std::string to) {
  return {.begin =
              [from, to](std::string_view frame, std::string step, const Mistake::Ask& ask) {
                const bool has_it = frame.find(from) != std::string_view::npos;
                return has_it ? ask(replaced(std::string(frame), from, to)) : step;
              },
          .resume = {},
          .ledger = {}};
}

TEST(Operators, AreNotTrustedWithARepeatThatIsNotMarked) {
  EXPECT_TRUE(is_caught(changes_row_of(reopen, mark_in_row, std::string_view("\0", 1)), "mark"));
}

TEST(Operators, AreNotTrustedWithEpochsThatStartOver) {
  EXPECT_TRUE(is_caught(
      changes_row_of(reopen, epoch_in_row, std::string_view("\0\0\0\0\0\0\0\0", 8)), "epoch"));
}

TEST(Operators, AreNotToldThatAReleaseWasDoneWhenItWasNot) {
  EXPECT_TRUE(is_caught(
      changes_order(reopen, [](std::string_view frame, std::string,
                               const Mistake::Ask& ask) { return ask(without_row(frame)); }),
      "release"));
}

TEST(Operators, CannotHaveADoneEventDrivenAgain) {
  const Mistake mistake =
      changes_order(redrive, [](std::string_view frame, std::string, const Mistake::Ask& ask) {
        return ask(with_verb(frame, reopen));
      });
  EXPECT_TRUE(is_caught(mistake, "redrive"));
}

TEST(Operators, CannotDropWhatIsNotDead) { EXPECT_TRUE(is_caught(drops_anything(), "drop")); }

TEST(Operators, CannotLoseWithADropThatIsForgotten) {
  EXPECT_TRUE(is_caught(changes_row_of(drop, state_in_row, std::string_view("\2", 1)), "S7"));
}

TEST(Operators, CannotLoseWhatIsOwed) {
  // A redrive of what is owed ends as a drop does, and says that it was done.
  const Mistake mistake = changes_order(
      redrive, [](std::string_view frame, std::string answer, const Mistake::Ask& ask) {
        std::string changed = with_verb(frame, drop);
        if (answer_of_ledger(answer) != done) {
          return answer;
        }
        changed[row_at + 2 + state_in_row] = dead;
        return ask(changed);
      });
  EXPECT_TRUE(is_caught(mistake, "lost"));
}

TEST(Admission, MissesNoDeliveryOverItsLimit) {
  EXPECT_TRUE(is_caught(takes_limits_for(limit_denied, limit_allowed), "limit"));
}

TEST(Admission, MissesNoDeliveryThatALimiterStopsWithoutHavingCounted) {
  EXPECT_TRUE(is_caught(takes_limits_for(limit_unavailable, limit_denied), "limit"));
}

TEST(Admission, MissesNoDeliveryFromElsewhere) {
  EXPECT_TRUE(is_caught(replaces_arrivals("203.0.113.9", "192.0.2.100"), "address"));
}

TEST(Admission, MissesNoDeliveryThatAnObservingSourceKeepsBack) {
  EXPECT_TRUE(is_caught(replaces_arrivals("/watched", "/limited"), "observe"));
}

TEST(Admission, MissesNoSourceThatObservesThoughItShouldEnforce) {
  EXPECT_TRUE(is_caught(replaces_arrivals("/limited", "/watched"), "observe"));
}

TEST(Campaign, HasOperatorsMeetEveryStateWithEveryOrder) {
  const CampaignResult result = run_campaign({.first_seed = 1,
                                              .count = 60'000,
                                              .jobs = 1,
                                              .make_engine = make_native_engine,
                                              .progress = {}});
  for (std::size_t order = 0; order < orders_count; ++order) {
    for (std::uint8_t state = 0; state < row_states_count; ++state) {
      EXPECT_GT(result.totals.orders[order][state], 0U)
          << name_of(static_cast<Order>(order)) << " of what is " << name_of_state(state);
    }
  }
  EXPECT_GT(result.totals.observed, 0U);
  EXPECT_GT(result.totals.denied, 0U);
}

TEST(Shrinking, LeavesTheOneOrderThatTheFailureNeeds) {
  GateModel gate(broken(drops_anything()));
  for (std::uint64_t seed = 1; seed <= seeds_max; ++seed) {
    Finding finding = run_schedule(gate, make_scenario(seed));
    if (finding.violations.empty() || finding.violations.front().promise != "drop") {
      continue;
    }
    const Finding small = shrink(gate, std::move(finding));
    EXPECT_EQ(small.scenario.orders.size(), 1U) << describe(small.scenario);
    EXPECT_EQ(small.scenario.attacks.size(), 0U) << describe(small.scenario);
    EXPECT_NE(timeline(small.log).find("drop of key 0 at the store: was "), std::string::npos);
    return;
  }
  FAIL() << "no schedule failed";
}

}  // namespace
}  // namespace postern::harness::simulate
