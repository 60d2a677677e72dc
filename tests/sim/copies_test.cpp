#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "broken_engine.h"
#include "harness/simulate/campaign.h"
#include "seeded_mistakes.h"

// What is checked of one content under several hints, broken on purpose.

namespace postern::harness::simulate {
namespace {

using namespace testing_support;

// Numbers of wasm/postern/ledger/ledger.h and docs/ABI.md.
enum LedgerVerb : char { claim = 1, commit = 2, accept = 4 };
constexpr std::uint8_t ignored = 5;
constexpr std::uint8_t elsewhere = 7;
constexpr char keep_in_memory = 1;
constexpr std::uint8_t claim_effect = 6;

/// In a `ledger` frame, behind the verb: owner, lease, retention, epoch, status, outcome, delay.
constexpr std::size_t hint_behind_verb = 1 + 16 + 4 + 8 + 8 + 2 + 1 + 4;
constexpr std::size_t copies_max_behind_verb = hint_behind_verb + 16;
constexpr std::size_t is_copy_behind_verb = copies_max_behind_verb + 2;

std::string with(std::string_view frame, std::size_t behind_verb, std::string_view bytes) {
  std::string changed(frame);
  return changed.replace(verb_at(frame) + behind_verb, bytes.size(), bytes);
}

/// As an older version of the gate asked, which knew no hints.
std::string without_hint(std::string_view frame) {
  return with(frame, hint_behind_verb, std::string(16, '\0'));
}

bool is_copys(std::string_view frame) { return frame[verb_at(frame) + is_copy_behind_verb] != 0; }

bool asks(std::string_view frame) {
  return frame[verb_at(frame)] == claim || frame[verb_at(frame)] == accept;
}

/// Whether its source lets no copies in.
bool is_strict(std::string_view frame) {
  const std::size_t at = verb_at(frame) + copies_max_behind_verb;
  return frame.substr(at, 2) == std::string_view("\0\0", 2);
}

Mistake changes_ledger(Mistake::Change change) {
  return {.begin = {}, .resume = {}, .ledger = std::move(change)};
}

Mistake answers_without_hint(std::uint8_t instead_of) {
  return changes_ledger([instead_of](std::string_view frame, std::string answer, const auto& ask) {
    return answer_of_ledger(answer) == instead_of ? ask(without_hint(frame)) : answer;
  });
}

/// At most so many copies in a minute.
Mistake lets_in(std::string_view copies_max) {
  return changes_ledger([copies_max = std::string(copies_max)](
                            std::string_view frame, std::string answer, const auto& ask) {
    return asks(frame) && !is_copys(frame) && !is_strict(frame)
               ? ask(with(frame, copies_max_behind_verb, copies_max))
               : answer;
  });
}

TEST(Copies, AreNotTakenForDuplicates) {
  EXPECT_TRUE(is_caught(answers_without_hint(elsewhere), "S2"));
}

TEST(Copies, AreNotTakenForTheFirst) {
  EXPECT_TRUE(is_caught(answers_without_hint(elsewhere), "copies"));
}

/// Two events of one content in proxy mode, whose leases a store forgets with each of its restarts,
/// and whose origin takes its time.
Scenario forgetful(std::uint64_t seed) {
  Scenario scenario = make_scenario(seed);
  constexpr std::uint16_t alike = 10;
  scenario.quiet_leases_max = 0;
  scenario.rates[static_cast<std::size_t>(Fault::store_restart)] = 65'536;
  scenario.rates[static_cast<std::size_t>(Fault::pause)] = 15'000;
  scenario.senders.resize(2, scenario.senders.front());
  for (std::uint16_t i = 0; i < 2; ++i) {
    SenderPlan& sender = scenario.senders[i];
    sender.number = sender.event = i;
    sender.source = alike;
    sender.first_delay_ms = 1000;
  }
  for (AttackPlan& attack : scenario.attacks) {
    attack.sender %= 2;
  }
  return scenario;
}

/// A row may pass from one event to the other while the first is at the origin, whose success then
/// is nothing to it.
TEST(Copies, EndNothingUnderAnotherHint) {
  GateModel gate(broken(answers_without_hint(ignored)));
  for (std::uint64_t seed = 1; seed <= seeds_max; ++seed) {
    const Finding finding = run_schedule(gate, forgetful(seed));
    if (std::ranges::find(finding.violations, "copies", &Violation::promise) !=
        finding.violations.end()) {
      return;
    }
  }
  FAIL() << "no schedule failed";
}

TEST(Copies, KeepTheirPromisesInAStoreThatForgetsLeases) {
  GateModel gate(make_native_engine);
  for (std::uint64_t seed = 1; seed <= 2000; ++seed) {
    const Finding finding = run_schedule(gate, forgetful(seed));
    for (const Violation& violation : finding.violations) {
      ADD_FAILURE() << "seed " << seed << ": " << violation.promise << ", " << violation.what;
    }
  }
}

/// A copy's row is like any other, and its forward too.
TEST(Copies, AreMarkedFromTheStart) {
  const Mistake mistake =
      changes_ledger([](std::string_view frame, std::string answer, const auto&) {
        const bool is_grant = answer_of_ledger(answer) == 1;
        if (is_copys(frame) && is_grant) {
          answer[answer.size() - reply_bytes + mark_in_reply] = 0;
        }
        return answer;
      });
  EXPECT_TRUE(is_caught(mistake, "copies"));
  EXPECT_TRUE(is_caught(mistake, "mark"));
}

TEST(Copies, MarkWhatTheyWentBeside) {
  const Mistake mistake = changes_ledger([](std::string_view, std::string answer, const auto&) {
    if (answer_of_ledger(answer) == elsewhere && u16_at(answer, kept_row_at) != 0) {
      answer[kept_row_at + 2 + mark_in_row] = 0;
    }
    return answer;
  });
  EXPECT_TRUE(is_caught(mistake, "mark"));
}

TEST(Copies, AreNotForgottenByARestart) {
  const Mistake mistake = changes_ledger([](std::string_view, std::string answer, const auto&) {
    if (answer_of_ledger(answer) == elsewhere && answer[1] > keep_in_memory) {
      answer[1] = keep_in_memory;
    }
    return answer;
  });
  EXPECT_TRUE(is_caught(mistake, "copies"));
}

/// A row that knows no other event of its content is like one that was forgotten.
TEST(Copies, OfOneContentAreForwardedWithoutAMarkOnce) {
  const Mistake mistake =
      changes_ledger([](std::string_view frame, std::string answer, const auto& ask) {
        return answer_of_ledger(answer) == elsewhere && !is_strict(frame) ? ask(without_row(frame))
                                                                          : answer;
      });
  EXPECT_TRUE(is_caught(mistake, "copies"));
}

TEST(Copies, AreNotLetInWithoutALimit) { EXPECT_TRUE(is_caught(lets_in("\xFF\xFF"), "copies")); }

TEST(Copies, AreNotToldToComeAgainWhenThereAreFew) {
  EXPECT_TRUE(is_caught(lets_in(std::string_view("\1\0", 2)), "copies"));
}

TEST(Copies, AreNotLetInWhereTheirSourceLetsNoneIn) {
  const Mistake mistake =
      changes_ledger([](std::string_view frame, std::string answer, const auto& ask) {
        return answer_of_ledger(answer) == elsewhere && is_strict(frame) ? ask(without_row(frame))
                                                                         : answer;
      });
  EXPECT_TRUE(is_caught(mistake, "copies"));
}

/// 409 for whatever is no success of the origin.
TEST(Copies, AreNotRefusedWithoutAnotherOfTheirContent) {
  const Mistake mistake{.begin = {},
                        .resume =
                            [](std::string_view, std::string step, const auto&) {
                              constexpr std::uint8_t answer_effect = 11;
                              const bool is_busy =
                                  !step.empty() && effect_of(step) == answer_effect &&
                                  step.find(R"("verdict":"busy")") != std::string::npos;
                              if (is_busy) {
                                step.replace(payload_at(step) + 1, 2, std::string("\x99\x01", 2));
                              }
                              return step;
                            },
                        .ledger = {}};
  EXPECT_TRUE(is_caught(mistake, "copies"));
}

/// All copies are asked of one row.
TEST(Copies, HaveARowAndAKeyOfTheirOwn) {
  const Mistake mistake{
      .begin =
          [](std::string_view, std::string step, const auto&) {
            if (step.empty() || effect_of(step) != claim_effect) {
              return step;
            }
            // Behind the shard: key, waiting time, operation, whether there is a copy, its key.
            const std::size_t key_at = payload_at(step) + 2 + u16_at(step, payload_at(step));
            const std::size_t operation_at = key_at + 32 + 4;
            const std::size_t copy_at = operation_at + 2 + u16_at(step, operation_at);
            if (step[copy_at] == 1) {
              step.replace(copy_at + 1, 32, 32, 'k');
            }
            return step;
          },
      .resume = {},
      .ledger = {}};
  EXPECT_TRUE(is_caught(mistake, "S8"));
}

TEST(Campaign, LetsCopiesInAndHoldsThemBack) {
  const CampaignResult result = run_campaign({.first_seed = 1,
                                              .count = 20'000,
                                              .jobs = 1,
                                              .make_engine = make_native_engine,
                                              .progress = {}});
  EXPECT_GT(result.totals.copies, 1000U);
  EXPECT_GT(result.totals.refused_copies, 100U);
  EXPECT_GT(result.totals.limited_copies, 100U);
}

TEST(Shrinking, LeavesOneOfAFloodWhereOneIsEnough) {
  GateModel gate(broken(answers_without_hint(elsewhere)));
  for (std::uint64_t seed = 1; seed <= seeds_max; ++seed) {
    Finding finding = run_schedule(gate, make_scenario(seed));
    const bool is_flood = std::ranges::any_of(
        finding.scenario.attacks, [](const AttackPlan& plan) { return plan.times > 1; });
    if (!is_flood || finding.violations.empty()) {
      continue;
    }
    const Finding small = shrink(gate, std::move(finding));
    EXPECT_LE(small.scenario.senders.size() + small.scenario.attacks.size(), 2U);
    for (const AttackPlan& plan : small.scenario.attacks) {
      EXPECT_EQ(plan.times, 1U) << describe(small.scenario);
    }
    return;
  }
  FAIL() << "no schedule failed";
}

}  // namespace
}  // namespace postern::harness::simulate
