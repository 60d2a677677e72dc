#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "ledger_reference.h"
#include "postern/ledger/ledger.h"

// Walks through every sequence of operations of two owners up to a depth, with ticks of the clock
// and restarts of the store between them, and compares `apply` at each step with a second model. On
// the way it checks the promises S3, S4, S5, S5b, S7 and S9, that epochs rise, and that an accepted
// event stays owed until it is done, on what the owners can see.

namespace postern::ledger {
namespace {

constexpr std::uint32_t lease_ms = 10;
constexpr std::uint64_t retain_ms = 100;

/// A failed run's event is due one tick before its lease would have ended: two different times.
constexpr std::uint32_t delay_ms = 9;

/// What an owner believes: the epoch that it was granted last, and until when it may forward under
/// it.
struct Holder {
  std::uint64_t epoch = 0;
  std::uint64_t until = 0;
  bool live = false;
  Verb by = Verb::claim;
};

struct GlobalState {
  Row memory;
  Row disk;
  Reference reference{lease_ms, retain_ms};
  Clock clock;
  std::array<Holder, 2> holders;
  std::uint64_t largest_epoch = 0;
  std::uint64_t done_until = 0;  // 0: not done.
  unsigned forwards = 0;
  unsigned causes = 0;
  bool is_owed = false;      // Accepted, and not done since.
  bool is_given_up = false;  // Buried, and not reopened since.
};

std::string name_of(Answer answer) {
  return std::array{
      "", "granted", "busy", "duplicate", "done", "ignored", "accepted"}[static_cast<std::size_t>(
      answer)];
}

std::string name_of(Keep keep) {
  return std::array{"unchanged", "in memory", "durable"}[static_cast<std::size_t>(keep)];
}

Seen run(GlobalState& state, const Operation& operation) {
  const Transition transition = apply(state.memory, operation, state.clock);
  if (transition.keep == Keep::unchanged) {
    EXPECT_EQ(transition.row, state.memory);
  }
  state.memory = transition.row;
  if (transition.keep == Keep::durable) {
    state.disk = transition.row;
  }
  const Reply& reply = transition.reply;
  return {name_of(reply.answer), reply.epoch,           reply.maybe_duplicate,
          reply.wait_ms,         reply.status,          name_of(transition.keep),
          reply.attempts,        due_of(transition.row)};
}

/// S3, S4, S5 and S5b, at the moment of a grant that is not a repeated reply.
void check_grant(GlobalState& state, std::size_t who, std::uint64_t epoch, Verb by) {
  const std::uint64_t now = state.clock.now_ms;
  EXPECT_GT(epoch, state.largest_epoch) << "an epoch came twice, or fell";
  EXPECT_TRUE(state.done_until == 0) << "S4, S7: granted what is done";
  EXPECT_FALSE(state.is_given_up) << "granted what is dead";
  EXPECT_EQ(by == Verb::take, state.is_owed) << "one event, driven by both the sender and us";
  for (const Holder& holder : state.holders) {
    EXPECT_FALSE(holder.live && now < holder.until) << "S3: two leases run";
  }
  ++state.forwards;
  EXPECT_LE(state.forwards, 1 + state.causes) << "S5";
  EXPECT_TRUE(state.causes > 0 || state.forwards == 1) << "S5b";
  state.largest_epoch = epoch;
  state.holders[who] = {.epoch = epoch, .until = now + lease_ms, .live = true, .by = by};
}

/// S9: whoever is kept waiting waits for a lease that runs, or until the event is due.
void check_busy(const GlobalState& state, const Seen& seen, std::uint64_t due_ms) {
  const std::uint64_t end = state.clock.now_ms + seen.wait_ms;
  bool has_reason = due_ms == end;
  for (const Holder& holder : state.holders) {
    has_reason = has_reason || (holder.live && holder.until == end);
  }
  EXPECT_TRUE(has_reason) << "S9";
}

void ask_for_lease(GlobalState& state, Verb verb, std::size_t who) {
  const std::uint64_t due_ms = verb == Verb::take ? due_of(state.memory) : 0;
  const Seen seen = run(state, {.verb = verb, .owner = {std::byte(who + 1)}, .lease_ms = lease_ms});
  const Clock& clock = state.clock;
  EXPECT_EQ(seen, verb == Verb::claim ? state.reference.claim(who, clock.now_ms, clock.started_ms)
                                      : state.reference.take(who, clock.now_ms, clock.started_ms));
  const Holder& holder = state.holders[who];
  if (seen.answer == "granted" && !(holder.live && holder.epoch == seen.epoch)) {
    check_grant(state, who, seen.epoch, verb);
  }
  if (seen.answer == "busy") {
    check_busy(state, seen, due_ms);
  }
}

void accept(GlobalState& state) {
  const Seen seen = run(state, {.verb = Verb::accept});
  EXPECT_EQ(seen, state.reference.accept(0, state.clock.now_ms));
  if (seen.answer == "accepted") {
    EXPECT_TRUE(state.done_until == 0) << "S7: owed again though it is done";
    EXPECT_EQ(state.disk, state.memory) << "S2: answered before it was on disk";
    state.is_owed = true;
  }
  if (seen.answer == "busy") {
    check_busy(state, seen, 0);
  }
}

void end_leases(GlobalState& state) {
  for (Holder& holder : state.holders) {
    holder.live = false;
  }
}

void commit(GlobalState& state, std::size_t who) {
  const auto status = static_cast<std::uint16_t>(200 + who);
  const std::uint64_t epoch = state.holders[who].epoch;
  const std::uint64_t now = state.clock.now_ms;
  const Seen seen =
      run(state, {.verb = Verb::commit, .retain_ms = retain_ms, .epoch = epoch, .status = status});
  EXPECT_EQ(seen, state.reference.commit(epoch, status, now));
  EXPECT_EQ(state.disk.state, State::done);
  if (state.done_until == 0) {
    state.done_until = now + retain_ms;
  }
  state.is_owed = false;
  state.is_given_up = false;
  end_leases(state);
}

/// A run ends its lease with fail or bury, a claim with release; the other verb ends nothing.
void give_up_lease(GlobalState& state, Verb verb, std::size_t who, Outcome outcome) {
  Holder& holder = state.holders[who];
  const std::uint64_t epoch = holder.epoch;
  const std::uint64_t now = state.clock.now_ms;
  const bool in_doubt = outcome == Outcome::unknown;
  const Seen seen = run(state, {.verb = verb,
                                .retain_ms = retain_ms,
                                .epoch = epoch,
                                .outcome = outcome,
                                .delay_ms = delay_ms});
  Reference& reference = state.reference;
  EXPECT_EQ(seen, verb == Verb::release ? reference.release(epoch, in_doubt, now)
                  : verb == Verb::fail  ? reference.fail(epoch, in_doubt, delay_ms, now)
                                        : reference.bury(epoch, in_doubt, now));
  const bool is_its_own = (holder.by == Verb::claim) == (verb == Verb::release);
  if (is_its_own && std::exchange(holder.live, false)) {
    ++state.causes;
  }
  state.is_given_up = state.memory.state == State::dead;
}

/// An operator's order is a cause, and it ends every lease.
void reopen(GlobalState& state) {
  EXPECT_EQ(run(state, {.verb = Verb::reopen, .retain_ms = retain_ms}),
            state.reference.reopen(state.clock.now_ms));
  end_leases(state);
  state.done_until = 0;
  state.is_given_up = false;
  ++state.causes;
}

/// As a reopen of what is owed or dead; what is done stays done.
void redrive(GlobalState& state) {
  const Operation operation{.verb = Verb::redrive, .retain_ms = retain_ms};
  if (!state.is_owed && !state.is_given_up) {
    const Row before = state.memory;
    EXPECT_EQ(run(state, operation).answer, "ignored");
    EXPECT_EQ(state.memory, before);
    return;
  }
  EXPECT_EQ(run(state, operation), state.reference.reopen(state.clock.now_ms));
  end_leases(state);
  state.is_given_up = false;
  ++state.causes;
}

/// An operator's word that nobody is to have a dead event: from then on it counts as done.
void drop(GlobalState& state) {
  const bool was_given_up = state.is_given_up;
  const Seen seen = run(state, {.verb = Verb::drop, .retain_ms = retain_ms});
  EXPECT_EQ(seen, state.reference.drop(state.clock.now_ms));
  EXPECT_EQ(seen.answer == "done", was_given_up) << "only the dead are dropped";
  if (was_given_up) {
    EXPECT_EQ(state.disk, state.memory) << "told before it was on disk";
    state.done_until = state.clock.now_ms + retain_ms;
    state.is_owed = false;
    state.is_given_up = false;
  }
}

/// A lease that runs out is a cause, and so is the end of retention.
void tick(GlobalState& state, std::uint64_t duration_ms) {
  state.clock.now_ms += duration_ms;
  for (Holder& holder : state.holders) {
    if (holder.live && state.clock.now_ms >= holder.until) {
      holder.live = false;
      ++state.causes;
    }
  }
  if (state.done_until != 0 && state.clock.now_ms >= state.done_until) {
    state.done_until = 0;
    ++state.causes;
  }
}

void restart(GlobalState& state) {
  tick(state, 1);
  state.clock.started_ms = state.clock.now_ms;
  state.memory = state.disk;
  state.reference.restart();
  end_leases(state);
  ++state.causes;
}

/// What is accepted is never lost: only a commit ends it, or a drop of the dead, on the disk too;
/// and unless it was given up, the store knows when to drive it, and a run that comes then is given
/// the lease.
void check_owed(const GlobalState& state) {
  for (const State of_row : {state.memory.state, state.disk.state}) {
    EXPECT_EQ(of_row >= State::accepted, state.is_owed);
  }
  EXPECT_EQ(state.memory.state == State::dead, state.is_given_up);
  EXPECT_EQ(state.disk.state == State::dead, state.is_given_up);
  const std::uint64_t due_ms = due_of(state.memory);
  EXPECT_EQ(due_ms != 0, state.is_owed && !state.is_given_up);
  if (due_ms != 0) {
    const Clock later{.now_ms = std::max(due_ms, state.clock.now_ms),
                      .started_ms = state.clock.started_ms};
    const Operation take{.verb = Verb::take, .owner = {std::byte{9}}, .lease_ms = lease_ms};
    EXPECT_EQ(apply(state.memory, take, later).reply.answer, Answer::granted);
  }
}

/// Everything that the next step can depend on: states with the same one have the same future.
/// The second model needs no place in it: it has agreed with the row so far.
std::string fingerprint(const GlobalState& state) {
  std::string text;
  const auto add = [&text](std::uint64_t value) {
    text.append(reinterpret_cast<const char*>(&value), sizeof value);
  };
  for (const Row& row : {state.memory, state.disk}) {
    std::array<std::byte, row_bytes_max> room{};
    const Bytes bytes = encode_row(row, room);
    add(bytes.size());
    text += text_of(bytes);
  }
  for (const Holder& holder : state.holders) {
    add(holder.epoch);
    add(holder.until);
    add(holder.live ? 1 : 0);
    add(holder.by == Verb::take ? 1 : 0);
  }
  for (const std::uint64_t value :
       {state.clock.now_ms, state.clock.started_ms, state.largest_epoch, state.done_until,
        std::uint64_t{state.forwards}, std::uint64_t{state.causes}, std::uint64_t{state.is_owed},
        std::uint64_t{state.is_given_up}}) {
    add(value);
  }
  return text;
}

/// What an owner, the store or the clock may do next.
struct Move {
  std::string name;
  std::function<void(GlobalState&)> make;
};

using Moves = std::vector<Move>;

struct Counts {
  std::size_t states = 0;
  std::size_t steps = 0;
};

/// Breadth first, one layer for each depth. The first failure ends it.
Counts explore(const GlobalState& first, std::size_t depth, const Moves& moves) {
  std::unordered_set<std::string> known = {fingerprint(first)};
  std::vector<GlobalState> layer = {first};
  Counts counts;
  for (std::size_t level = 0; level < depth; ++level) {
    std::vector<GlobalState> next_layer;
    for (const GlobalState& state : layer) {
      for (const Move& move : moves) {
        GlobalState next = state;
        move.make(next);
        check_owed(next);
        ++counts.steps;
        if (testing::Test::HasFailure()) {
          ADD_FAILURE() << "at depth " << level << ": " << move.name;
          return counts;
        }
        if (level + 1 < depth && known.insert(fingerprint(next)).second) {
          next_layer.push_back(std::move(next));
        }
      }
    }
    layer = std::move(next_layer);
  }
  counts.states = known.size();
  return counts;
}

/// Ticks stop just before a lease ends, at its end, and at the end of retention.
Moves proxy_moves() {
  Moves moves;
  for (const std::size_t who : {std::size_t{0}, std::size_t{1}}) {
    moves.push_back(
        {"claim", [who](GlobalState& state) { ask_for_lease(state, Verb::claim, who); }});
    moves.push_back({"commit", [who](GlobalState& state) { commit(state, who); }});
    for (const Outcome outcome : {Outcome::known, Outcome::unknown}) {
      moves.push_back({"release", [who, outcome](GlobalState& state) {
                         give_up_lease(state, Verb::release, who, outcome);
                       }});
    }
  }
  for (const std::uint32_t duration_ms : {lease_ms - 1, 1U, std::uint32_t{retain_ms}}) {
    moves.push_back({"tick", [duration_ms](GlobalState& state) { tick(state, duration_ms); }});
  }
  return moves;
}

/// A source may have been in proxy mode before, so what is left of that comes along.
Moves queue_moves() {
  Moves moves = proxy_moves();
  for (const std::size_t who : {std::size_t{0}, std::size_t{1}}) {
    moves.push_back({"take", [who](GlobalState& state) { ask_for_lease(state, Verb::take, who); }});
    for (const Verb verb : {Verb::fail, Verb::bury}) {
      for (const Outcome outcome : {Outcome::known, Outcome::unknown}) {
        moves.push_back(
            {verb == Verb::fail ? "fail" : "bury", [who, verb, outcome](GlobalState& state) {
               give_up_lease(state, verb, who, outcome);
             }});
      }
    }
  }
  moves.push_back({"accept", accept});
  moves.push_back({"reopen", reopen});
  moves.push_back({"redrive", redrive});
  moves.push_back({"drop", drop});
  return moves;
}

enum class Store : std::uint8_t { loses_nothing, restarts };

void expect_promises(Store store, Moves moves, std::size_t depth) {
  GlobalState first;
  first.clock = {.now_ms = 1000, .started_ms = store == Store::restarts ? 1000U : 0U};
  if (store == Store::restarts) {
    moves.push_back({"restart", restart});
  }
  const Counts counts = explore(first, depth, moves);
  EXPECT_GT(counts.states, 1000U);
  testing::Test::RecordProperty("states", std::to_string(counts.states));
  testing::Test::RecordProperty("steps", std::to_string(counts.steps));
}

TEST(LedgerExplorer, KeepsItsPromisesInAStoreThatLosesNothing) {
  expect_promises(Store::loses_nothing, proxy_moves(), 7);
}

TEST(LedgerExplorer, KeepsItsPromisesInAStoreThatRestarts) {
  expect_promises(Store::restarts, proxy_moves(), 7);
}

TEST(LedgerExplorer, OwesWhatItAcceptedInAStoreThatLosesNothing) {
  expect_promises(Store::loses_nothing, queue_moves(), 7);
}

TEST(LedgerExplorer, OwesWhatItAcceptedInAStoreThatRestarts) {
  expect_promises(Store::restarts, queue_moves(), 7);
}

}  // namespace
}  // namespace postern::ledger
