#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <set>
#include <string>

#include "broken_engine.h"
#include "harness/simulate/campaign.h"
#include "seeded_mistakes.h"

// Every promise that the simulator checks is broken on purpose, and has to be reported by its name.

namespace postern::harness::simulate {
namespace {

using namespace testing_support;

// Numbers of docs/ABI.md.
enum Effect : std::uint8_t {
  claim = 6,
  accept = 7,
  commit = 8,
  release = 9,
  forward = 10,
  answer = 11,
  finish = 12,
  retry_later = 13,
};
enum Said : std::uint8_t { granted = 1, busy = 2, duplicate = 3, accepted = 6 };

/// Rows as `ledger.h` declares them: the version, then the state. Operations: then the verb.
constexpr char state_claimed = 1;
constexpr char verb_claim = 1;

/// A forgery is begun as the last genuine delivery to its address was.
Mistake lets_forgeries_in() {
  auto genuine = std::make_shared<std::map<std::string, std::string>>();
  return {.begin =
              [genuine](std::string_view frame, std::string step, const auto& ask) {
                // Behind the token: flags, the method's length and `POST`, then the path.
                const std::size_t path_at = token_end + 1 + 2 + 4;
                const std::string path(frame.substr(path_at + 2, u16_at(frame, path_at)));
                if (effect_of(step) != answer) {
                  (*genuine)[path] = frame;
                  return step;
                }
                const auto known = genuine->find(path);
                if (known == genuine->end()) {
                  return step;
                }
                // With the genuine one's own time, so that it is still fresh.
                std::string frame_of_another = known->second;
                frame_of_another.replace(9, 16, frame.substr(9, 16));
                return ask(frame_of_another);
              },
          .resume = {},
          .ledger = {}};
}

Mistake acknowledges_busy() {
  return {.begin = {},
          .resume =
              [](std::string_view, std::string step, const auto&) {
                const bool is_busy = !step.empty() && effect_of(step) == answer &&
                                     step.find(R"("verdict":"busy")") != std::string::npos;
                if (is_busy) {
                  step.replace(payload_at(step) + 1, 2, std::string("\xC8\x00", 2));  // 200
                }
                return step;
              },
          .ledger = {}};
}

/// The store grants as if it knew nothing of the event when it ought to say `instead_of`.
Mistake grants_instead_of(Said instead_of) {
  return {.begin = {},
          .resume = {},
          .ledger = [instead_of](std::string_view frame, std::string answer, const auto& ask) {
            return answer_of_ledger(answer) == instead_of ? ask(without_row(frame)) : answer;
          }};
}

Mistake holds_claims_for_ever() {
  return {.begin = {},
          .resume = {},
          .ledger = [](std::string_view frame, std::string answer, const auto& ask) {
            const std::string_view row = row_of(frame);
            const bool was_claimed = row.size() > 1 && row[1] == state_claimed;
            return was_claimed && answer_of_ledger(answer) == granted ? ask(long_ago(frame))
                                                                      : answer;
          }};
}

/// Every event has the same key.
std::string with_one_key(std::string step) {
  const std::uint8_t effect = step.empty() ? 0 : effect_of(step);
  if (effect == claim || effect == commit || effect == release) {
    const std::size_t shard_at = payload_at(step);
    step.replace(shard_at + 2 + u16_at(step, shard_at), 32, 32, 'k');
  }
  return step;
}

Mistake confuses_events() {
  const auto change = [](std::string_view, std::string step, const auto&) {
    return with_one_key(std::move(step));
  };
  return {.begin = change, .resume = change, .ledger = {}};
}

/// A grant says nothing of its mark. The gate signs what it tells the origin, so that a forward
/// that is changed behind it would not be taken.
Mistake hides_the_mark() {
  return {
      .begin = {}, .resume = {}, .ledger = [](std::string_view, std::string answer, const auto&) {
        if (answer_of_ledger(answer) == granted) {
          answer[answer.size() - reply_bytes + mark_in_reply] = 0;
        }
        return answer;
      }};
}

/// Of claims only: a run that reports under another epoch than its own would never end.
Mistake repeats_epochs() {
  return {.begin = {},
          .resume = {},
          .ledger = [](std::string_view frame, std::string answer, const auto&) {
            if (frame[verb_at(frame)] == verb_claim && answer_of_ledger(answer) == granted) {
              answer.replace(answer.size() - reply_bytes + epoch_in_reply, 8,
                             std::string("\x01\0\0\0\0\0\0\0", 8));
            }
            return answer;
          }};
}

/// The store says that it keeps an event, and keeps nothing.
Mistake keeps_nothing() {
  return {
      .begin = {}, .resume = {}, .ledger = [](std::string_view, std::string answer, const auto&) {
        if (answer_of_ledger(answer) == accepted) {
          answer[1] = 0;  // Leave the row as it is.
          answer.replace(kept_row_at + 2, u16_at(answer, kept_row_at), "");
          answer.replace(kept_row_at, 2, 2, '\0');
        }
        return answer;
      }};
}

/// A step that gives a message back to its queue takes it out instead.
Mistake drops_messages() {
  return {.begin = {},
          .resume =
              [](std::string_view, std::string step, const auto&) {
                if (!step.empty() && effect_of(step) == retry_later) {
                  step[1] = finish;
                  step.erase(payload_at(step), 4);  // The delay.
                }
                return step;
              },
          .ledger = {}};
}

/// What is owed to the first of two destinations is stored as if it were for the second.
Mistake confuses_destinations() {
  return {.begin = {},
          .resume =
              [](std::string_view, std::string step, const auto&) {
                if (step.empty() || effect_of(step) != accept) {
                  return step;
                }
                // Behind the shard their number, then a key, a ticket, an operation, and no copy.
                const std::size_t count_at = payload_at(step) + 2 + u16_at(step, payload_at(step));
                const std::size_t first = count_at + 1 + 32;
                const std::size_t ticket_bytes = u16_at(step, first);
                const std::size_t operation = first + 2 + ticket_bytes;
                const std::size_t second = operation + 2 + u16_at(step, operation) + 1 + 32;
                if (step[count_at] > 1 && u16_at(step, second) == ticket_bytes) {
                  step.replace(first + 2, ticket_bytes, step.substr(second + 2, ticket_bytes));
                }
                return step;
              },
          .ledger = {}};
}

/// Nobody's signature is right.
Mistake refuses_everybody() {
  return {.begin =
              [](std::string_view frame, std::string, const auto& ask) {
                return ask(replaced(std::string(frame), "x-signature", "x-signed-by"));
              },
          .resume = {},
          .ledger = {}};
}

Mistake looks_at_no_clock() {
  return {.begin = {},
          .resume = [](std::string_view frame, std::string,
                       const auto& ask) { return ask(long_ago(frame)); },
          .ledger = {}};
}

TEST(Checkers, FindNothingWhereNothingIsBroken) {
  GateModel gate(make_native_engine);
  for (std::uint64_t seed = 1; seed <= 2000; ++seed) {
    const Finding finding = run_schedule(gate, make_scenario(seed));
    for (const Violation& violation : finding.violations) {
      ADD_FAILURE() << "seed " << seed << ": " << violation.promise << ", " << violation.what;
    }
  }
}

TEST(Checkers, MissNoForgeryThatIsForwarded) { EXPECT_TRUE(is_caught(lets_forgeries_in(), "S1")); }

TEST(Checkers, MissNoForgeryThatReachesTheLedger) {
  EXPECT_TRUE(is_caught(lets_forgeries_in(), "S6"));
}

TEST(Checkers, MissNoEventAcknowledgedTooEarly) {
  EXPECT_TRUE(is_caught(acknowledges_busy(), "S2"));
}

TEST(Checkers, MissNoSecondHolderOfALease) {
  EXPECT_TRUE(is_caught(grants_instead_of(busy), "S3"));
}

TEST(Checkers, MissNoForwardAfterTheCommit) {
  EXPECT_TRUE(is_caught(grants_instead_of(duplicate), "S4"));
}

TEST(Checkers, MissNoForwardWithoutACause) {
  EXPECT_TRUE(is_caught(grants_instead_of(busy), "S5"));
}

TEST(Checkers, MissNoSecondForwardWhereNothingWentWrong) {
  EXPECT_TRUE(is_caught(grants_instead_of(duplicate), "S5b"));
}

TEST(Checkers, MissNoDoneEventThatIsForgotten) {
  EXPECT_TRUE(is_caught(grants_instead_of(duplicate), "S7"));
}

TEST(Checkers, MissNoKeyOfTwoEvents) { EXPECT_TRUE(is_caught(confuses_events(), "S8")); }

TEST(Checkers, MissNoClaimBeyondItsLease) { EXPECT_TRUE(is_caught(holds_claims_for_ever(), "S9")); }

TEST(Checkers, MissNoSenderThatIsNeverServed) { EXPECT_TRUE(is_caught(refuses_everybody(), "L1")); }

TEST(Checkers, MissNoGenuineDeliveryThatIsRefused) {
  EXPECT_TRUE(is_caught(refuses_everybody(), "genuine"));
}

TEST(Checkers, MissNoMarkThatIsMissing) { EXPECT_TRUE(is_caught(hides_the_mark(), "mark")); }

TEST(Checkers, MissNoEpochGivenTwice) { EXPECT_TRUE(is_caught(repeats_epochs(), "epoch")); }

TEST(Checkers, MissNoForwardThatBeginsTooLate) {
  EXPECT_TRUE(is_caught(looks_at_no_clock(), "begin"));
}

TEST(Checkers, MissNoEventThatIsKeptAndForgotten) {
  EXPECT_TRUE(is_caught(keeps_nothing(), "lost"));
}

TEST(Checkers, MissNoOwedEventThatTheStoreForgets) {
  EXPECT_TRUE(is_caught(keeps_nothing(), "S7"));
}

TEST(Checkers, MissNoMessageThatTakesItsEventAlong) {
  EXPECT_TRUE(is_caught(drops_messages(), "lost"));
}

TEST(Checkers, MissNoEventAtTheWrongDestination) {
  EXPECT_TRUE(is_caught(confuses_destinations(), "route"));
}

TEST(Checkers, MissNoFrameThatIsNone) {
  const Mistake cuts_off{.begin = {},
                         .resume = [](std::string_view, std::string step,
                                      const auto&) { return step.substr(0, step.size() / 2); },
                         .ledger = {}};
  EXPECT_TRUE(is_caught(cuts_off, "frames"));
}

TEST(Campaign, NoticesThatTheSameSeedLeavesTwoTraces) {
  // A record is for people, so the simulator does not look inside; only the trace tells.
  auto calls = std::make_shared<int>(0);
  const Mistake counts{.begin = {},
                       .resume =
                           [calls](std::string_view, std::string step, const auto&) {
                             if (step.ends_with("\"}")) {
                               step[step.size() - 2] = static_cast<char>('0' + ++*calls % 10);
                             }
                             return step;
                           },
                       .ledger = {}};
  const CampaignResult result = run_campaign(
      {.first_seed = 1, .count = 1000, .jobs = 1, .make_engine = broken(counts), .progress = {}});
  ASSERT_TRUE(result.failure.has_value());
  EXPECT_EQ(result.failure->violations.front().promise, "replay");
}

TEST(Campaign, GivesTheSameTotalsWithOneThreadAndWithTwo) {
  const auto run = [](unsigned jobs) {
    return run_campaign({.first_seed = 7,
                         .count = 3000,
                         .jobs = jobs,
                         .make_engine = make_native_engine,
                         .progress = {}});
  };
  const CampaignResult one = run(1);
  const CampaignResult two = run(2);
  EXPECT_FALSE(one.failure.has_value());
  EXPECT_EQ(one.totals.schedules, 3000U);
  EXPECT_EQ(one.totals.run_twice, 30U);  // Seeds 100, 200 ... 3000.
  EXPECT_EQ(one.totals.happenings, two.totals.happenings);
  EXPECT_EQ(one.totals.strikes_of, two.totals.strikes_of);
}

TEST(Campaign, MakesEveryFaultStrike) {
  const CampaignResult result = run_campaign({.first_seed = 1,
                                              .count = 5000,
                                              .jobs = 1,
                                              .make_engine = make_native_engine,
                                              .progress = {}});
  for (std::size_t i = 0; i < faults_count; ++i) {
    EXPECT_GT(result.totals.strikes_of[i], 0U) << name_of(static_cast<Fault>(i));
  }
}

TEST(Shrinking, LeavesWhatTheFailureNeedsAndLittleElse) {
  GateModel gate(broken(grants_instead_of(duplicate)));
  for (std::uint64_t seed = 1; seed <= seeds_max; ++seed) {
    Finding finding = run_schedule(gate, make_scenario(seed));
    if (finding.violations.empty()) {
      continue;
    }
    const std::string_view promise = finding.violations.front().promise;
    const Finding small = shrink(gate, std::move(finding));
    ASSERT_FALSE(small.violations.empty());
    EXPECT_EQ(small.violations.front().promise, promise);
    // To forward a done event again takes one sender; where the answer got lost, or an attacker or
    // a second copy comes along, not even that fails.
    EXPECT_EQ(small.scenario.senders.size(), 1U) << describe(small.scenario);
    EXPECT_LE(small.scenario.attacks.size(), 1U) << describe(small.scenario);
    EXPECT_LE(small.log.strikes, 2U) << timeline(small.log);
    const Finding again = run_schedule(gate, small.scenario);
    EXPECT_EQ(again.log.trace, small.log.trace);
    return;
  }
  FAIL() << "no schedule failed";
}

}  // namespace
}  // namespace postern::harness::simulate
