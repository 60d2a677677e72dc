#include "harness/simulate/explore.h"

#include <gtest/gtest.h>

#include <fstream>
#include <memory>
#include <set>
#include <string>

#include "broken_engine.h"

// Every interleaving of the real code in a small scope, beside the model that Spin searches.

namespace postern::harness::simulate {
namespace {

using namespace testing_support;

constexpr std::uint8_t answer_busy = 2;
constexpr std::uint8_t answer_duplicate = 3;
constexpr std::uint8_t effect_forward = 10;
constexpr std::uint8_t effect_answer = 11;
constexpr char state_claimed = 1;

ExploreResult search(Scope scope, const MakeEngine& make_engine) {
  return explore({.deliveries = 3, .faults = 3, .scope = scope, .make_engine = make_engine});
}

/// The first promise that a gate with `mistake` breaks, by its name, in the scope without restarts
/// and pauses.
std::string broken_promise(const Mistake& mistake) {
  const ExploreResult result =
      search(Scope::steady, [&] { return std::make_unique<BrokenEngine>(mistake); });
  EXPECT_FALSE(result.way.empty());
  return result.violation.substr(0, result.violation.find(':'));
}

/// The store answers as if it had no row, where it ought to say `instead_of`.
Mistake forgets(std::uint8_t instead_of) {
  return {.begin = {},
          .resume = {},
          .ledger = [instead_of](std::string_view frame, std::string answer, const auto& ask) {
            return answer_of_ledger(answer) == instead_of ? ask(without_row(frame)) : answer;
          }};
}

Mistake changes_steps(std::uint8_t effect, std::function<std::string(std::string)> change) {
  return {.begin = {},
          .resume =
              [effect, change](std::string_view, std::string step, const auto&) {
                return !step.empty() && effect_of(step) == effect ? change(std::move(step)) : step;
              },
          .ledger = {}};
}

class InASmallScope : public testing::TestWithParam<Scope> {};

TEST_P(InASmallScope, EveryInterleavingKeepsThePromises) {
  const ExploreResult result = search(GetParam(), make_native_engine);
  EXPECT_EQ(result.violation, "");
  for (const std::string& step : result.way) {
    ADD_FAILURE() << step;
  }
  EXPECT_GT(result.ends, 1000U);
  EXPECT_GT(result.transitions, result.states);
}

INSTANTIATE_TEST_SUITE_P(Explorer, InASmallScope,
                         testing::Values(Scope::steady, Scope::store_restarts,
                                         Scope::owners_pause));

/// Two deliveries and one fault: the larger scope is a step of `./dev test`.
ExploreResult search_queue(const MakeEngine& make_engine) {
  return explore({.deliveries = 2, .faults = 1, .scope = Scope::queue, .make_engine = make_engine});
}

TEST(Explorer, FindsThatQueueModeKeepsThePromises) {
  const ExploreResult result = search_queue(make_native_engine);
  EXPECT_EQ(result.violation, "");
  for (const std::string& step : result.way) {
    ADD_FAILURE() << step;
  }
  EXPECT_GT(result.ends, 10U);
}

TEST(Explorer, MissesNoSecondRunOfAnEvent) {
  const Mistake overtakes{
      .begin = {},
      .resume = {},
      .ledger = [](std::string_view frame, std::string answer, const auto& ask) {
        // As if it were the year 2100, when every lease of today is over.
        std::string later(frame);
        later.replace(time_at, 8, std::string("\0\0\0\0\xC0\x03\0\0", 8));
        return answer_of_ledger(answer) == answer_busy ? ask(later) : answer;
      }};
  const ExploreResult result =
      search_queue([&] { return std::make_unique<BrokenEngine>(overtakes); });
  EXPECT_EQ(result.violation.substr(0, 3), "S3:");
}

TEST(Explorer, MissesNoAcknowledgementBeforeTheEventIsKept) {
  // The module is told that the store has accepted, whatever the store said.
  const Mistake presumes{.begin = {},
                         .resume =
                             [](std::string_view frame, std::string step, const auto& ask) {
                               constexpr std::string_view unavailable("\x07\x00", 2);
                               if (!frame.ends_with(unavailable)) {
                                 return step;
                               }
                               // Reply: its version, the answer `accepted`, and nothing else.
                               std::string reply(reply_bytes, '\0');
                               reply[0] = 3;
                               reply[1] = 6;
                               std::string changed(frame.substr(0, frame.size() - 1));
                               changed += '\1';
                               changed += static_cast<char>(reply.size());
                               changed += '\0';
                               return ask(changed + reply);
                             },
                         .ledger = {}};
  const ExploreResult result =
      search_queue([&] { return std::make_unique<BrokenEngine>(presumes); });
  EXPECT_EQ(result.violation.substr(0, 3), "S2:");
}

/// Two deliveries and an order by an operator, at every step.
ExploreResult search_operators(const MakeEngine& make_engine) {
  return explore(
      {.deliveries = 2, .faults = 1, .scope = Scope::operators, .make_engine = make_engine});
}

TEST(Explorer, FindsThatAnOperatorBreaksNoPromise) {
  const ExploreResult result = search_operators(make_native_engine);
  EXPECT_EQ(result.violation, "");
  for (const std::string& step : result.way) {
    ADD_FAILURE() << step;
  }
  EXPECT_GT(result.states, search_queue(make_native_engine).states);
}

TEST(Explorer, MissesNoRedriveOfWhatIsDone) {
  constexpr char reopen = 8;
  constexpr char redrive = 10;
  const Mistake reopens{.begin = {},
                        .resume = {},
                        .ledger = [](std::string_view frame, std::string answer, const auto& ask) {
                          std::string changed(frame);
                          changed[verb_at(frame)] = reopen;
                          return frame[verb_at(frame)] == redrive ? ask(changed) : answer;
                        }};
  const ExploreResult result =
      search_operators([&] { return std::make_unique<BrokenEngine>(reopens); });
  EXPECT_EQ(result.violation.substr(0, 8), "redrive:");
}

/// `tests/model/run` holds the same list to the model.
TEST(Explorer, MeetsTheRowsThatTheModelMeets) {
  std::ifstream file("tests/model/proxy_rows.txt");
  std::set<std::string> listed;
  for (std::string line; std::getline(file, line);) {
    listed.insert(line);
  }
  ASSERT_FALSE(listed.empty());
  EXPECT_EQ(search(Scope::steady, make_native_engine).rows, listed);
}

TEST(Explorer, WalksTheSameStatesThroughTheShippedModule) {
  const ExploreResult native = search(Scope::steady, make_native_engine);
  const ExploreResult module = search(Scope::steady, make_wasm_engine);
  EXPECT_EQ(module.violation, "");
  EXPECT_EQ(module.states, native.states);
  EXPECT_EQ(module.transitions, native.transitions);
}

TEST(Explorer, SeesWithOneDeliveryAndNoFaultOneWayOnly) {
  const ExploreResult result = explore(
      {.deliveries = 1, .faults = 0, .scope = Scope::steady, .make_engine = make_native_engine});
  // Unsent, claim sent, claim answered, forward ready, at the origin, settling, over.
  EXPECT_EQ(result.states, 7U);
  EXPECT_EQ(result.ends, 1U);
}

TEST(Explorer, MissesNoSecondHolder) { EXPECT_EQ(broken_promise(forgets(answer_busy)), "S3"); }

TEST(Explorer, MissesNoDoneEventThatIsForgotten) {
  EXPECT_EQ(broken_promise(forgets(answer_duplicate)), "S7");
}

TEST(Explorer, MissesNoClaimBeyondItsLease) {
  const Mistake holds{.begin = {},
                      .resume = {},
                      .ledger = [](std::string_view frame, std::string answer, const auto& ask) {
                        const std::string_view row = row_of(frame);
                        const bool was_claimed = row.size() > 1 && row[1] == state_claimed;
                        return was_claimed && answer_of_ledger(answer) == 1 ? ask(long_ago(frame))
                                                                            : answer;
                      }};
  EXPECT_EQ(broken_promise(holds), "S9");
}

TEST(Explorer, MissesNoEventAcknowledgedTooEarly) {
  const Mistake acknowledges = changes_steps(effect_answer, [](std::string step) {
    step.replace(payload_at(step) + 1, 2, std::string("\xC8\x00", 2));  // 200
    return step;
  });
  EXPECT_EQ(broken_promise(acknowledges), "S2");
}

TEST(Explorer, MissesNoMarkThatIsMissing) {
  const Mistake hides = changes_steps(effect_forward, [](std::string step) {
    return replaced(std::move(step), "postern-maybe-duplicate", "postern-maybe-forgotten");
  });
  EXPECT_EQ(broken_promise(hides), "mark");
}

TEST(Explorer, MissesNoSenderThatIsNeverServed) {
  const Mistake refuses{
      .begin =
          [](std::string_view frame, std::string, const auto& ask) {
            return ask(replaced(std::string(frame), "x-signature", "x-signed-by"));
          },
      .resume = {},
      .ledger = {}};
  EXPECT_EQ(broken_promise(refuses), "L1");
}

}  // namespace
}  // namespace postern::harness::simulate
