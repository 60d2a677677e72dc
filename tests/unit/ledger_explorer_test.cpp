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

struct World {
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

Seen run(World& world, const Operation& operation) {
  const Transition transition = apply(world.memory, operation, world.clock);
  if (transition.keep == Keep::unchanged) {
    EXPECT_EQ(transition.row, world.memory);
  }
  world.memory = transition.row;
  if (transition.keep == Keep::durable) {
    world.disk = transition.row;
  }
  const Reply& reply = transition.reply;
  return {name_of(reply.answer), reply.epoch,           reply.maybe_duplicate,
          reply.wait_ms,         reply.status,          name_of(transition.keep),
          reply.attempts,        due_of(transition.row)};
}

/// S3, S4, S5 and S5b, at the moment of a grant that is not a repeated reply.
void check_grant(World& world, std::size_t who, std::uint64_t epoch, Verb by) {
  const std::uint64_t now = world.clock.now_ms;
  EXPECT_GT(epoch, world.largest_epoch) << "an epoch came twice, or fell";
  EXPECT_TRUE(world.done_until == 0) << "S4, S7: granted what is done";
  EXPECT_FALSE(world.is_given_up) << "granted what is dead";
  EXPECT_EQ(by == Verb::take, world.is_owed) << "one event, driven by both the sender and us";
  for (const Holder& holder : world.holders) {
    EXPECT_FALSE(holder.live && now < holder.until) << "S3: two leases run";
  }
  ++world.forwards;
  EXPECT_LE(world.forwards, 1 + world.causes) << "S5";
  EXPECT_TRUE(world.causes > 0 || world.forwards == 1) << "S5b";
  world.largest_epoch = epoch;
  world.holders[who] = {.epoch = epoch, .until = now + lease_ms, .live = true, .by = by};
}

/// S9: whoever is kept waiting waits for a lease that runs, or until the event is due.
void check_busy(const World& world, const Seen& seen, std::uint64_t due_ms) {
  const std::uint64_t end = world.clock.now_ms + seen.wait_ms;
  bool has_reason = due_ms == end;
  for (const Holder& holder : world.holders) {
    has_reason = has_reason || (holder.live && holder.until == end);
  }
  EXPECT_TRUE(has_reason) << "S9";
}

void ask_for_lease(World& world, Verb verb, std::size_t who) {
  const std::uint64_t due_ms = verb == Verb::take ? due_of(world.memory) : 0;
  const Seen seen = run(world, {.verb = verb, .owner = {std::byte(who + 1)}, .lease_ms = lease_ms});
  const Clock& clock = world.clock;
  EXPECT_EQ(seen, verb == Verb::claim ? world.reference.claim(who, clock.now_ms, clock.started_ms)
                                      : world.reference.take(who, clock.now_ms, clock.started_ms));
  const Holder& holder = world.holders[who];
  if (seen.answer == "granted" && !(holder.live && holder.epoch == seen.epoch)) {
    check_grant(world, who, seen.epoch, verb);
  }
  if (seen.answer == "busy") {
    check_busy(world, seen, due_ms);
  }
}

void accept(World& world) {
  const Seen seen = run(world, {.verb = Verb::accept});
  EXPECT_EQ(seen, world.reference.accept(0, world.clock.now_ms));
  if (seen.answer == "accepted") {
    EXPECT_TRUE(world.done_until == 0) << "S7: owed again though it is done";
    EXPECT_EQ(world.disk, world.memory) << "S2: answered before it was on disk";
    world.is_owed = true;
  }
  if (seen.answer == "busy") {
    check_busy(world, seen, 0);
  }
}

void end_leases(World& world) {
  for (Holder& holder : world.holders) {
    holder.live = false;
  }
}

void commit(World& world, std::size_t who) {
  const auto status = static_cast<std::uint16_t>(200 + who);
  const std::uint64_t epoch = world.holders[who].epoch;
  const std::uint64_t now = world.clock.now_ms;
  const Seen seen =
      run(world, {.verb = Verb::commit, .retain_ms = retain_ms, .epoch = epoch, .status = status});
  EXPECT_EQ(seen, world.reference.commit(epoch, status, now));
  EXPECT_EQ(world.disk.state, State::done);
  if (world.done_until == 0) {
    world.done_until = now + retain_ms;
  }
  world.is_owed = false;
  world.is_given_up = false;
  end_leases(world);
}

/// A run ends its lease with fail or bury, a claim with release; the other verb ends nothing.
void give_up_lease(World& world, Verb verb, std::size_t who, Outcome outcome) {
  Holder& holder = world.holders[who];
  const std::uint64_t epoch = holder.epoch;
  const std::uint64_t now = world.clock.now_ms;
  const bool in_doubt = outcome == Outcome::unknown;
  const Seen seen = run(world, {.verb = verb,
                                .retain_ms = retain_ms,
                                .epoch = epoch,
                                .outcome = outcome,
                                .delay_ms = delay_ms});
  Reference& reference = world.reference;
  EXPECT_EQ(seen, verb == Verb::release ? reference.release(epoch, in_doubt, now)
                  : verb == Verb::fail  ? reference.fail(epoch, in_doubt, delay_ms, now)
                                        : reference.bury(epoch, in_doubt, now));
  const bool is_its_own = (holder.by == Verb::claim) == (verb == Verb::release);
  if (is_its_own && std::exchange(holder.live, false)) {
    ++world.causes;
  }
  world.is_given_up = world.memory.state == State::dead;
}

/// An operator's order is a cause, and it ends every lease.
void reopen(World& world) {
  EXPECT_EQ(run(world, {.verb = Verb::reopen, .retain_ms = retain_ms}),
            world.reference.reopen(world.clock.now_ms));
  end_leases(world);
  world.done_until = 0;
  world.is_given_up = false;
  ++world.causes;
}

/// As a reopen of what is owed or dead; what is done stays done.
void redrive(World& world) {
  const Operation operation{.verb = Verb::redrive, .retain_ms = retain_ms};
  if (!world.is_owed && !world.is_given_up) {
    const Row before = world.memory;
    EXPECT_EQ(run(world, operation).answer, "ignored");
    EXPECT_EQ(world.memory, before);
    return;
  }
  EXPECT_EQ(run(world, operation), world.reference.reopen(world.clock.now_ms));
  end_leases(world);
  world.is_given_up = false;
  ++world.causes;
}

/// An operator's word that nobody is to have a dead event: from then on it counts as done.
void drop(World& world) {
  const bool was_given_up = world.is_given_up;
  const Seen seen = run(world, {.verb = Verb::drop, .retain_ms = retain_ms});
  EXPECT_EQ(seen, world.reference.drop(world.clock.now_ms));
  EXPECT_EQ(seen.answer == "done", was_given_up) << "only the dead are dropped";
  if (was_given_up) {
    EXPECT_EQ(world.disk, world.memory) << "told before it was on disk";
    world.done_until = world.clock.now_ms + retain_ms;
    world.is_owed = false;
    world.is_given_up = false;
  }
}

/// A lease that runs out is a cause, and so is the end of retention.
void tick(World& world, std::uint64_t duration_ms) {
  world.clock.now_ms += duration_ms;
  for (Holder& holder : world.holders) {
    if (holder.live && world.clock.now_ms >= holder.until) {
      holder.live = false;
      ++world.causes;
    }
  }
  if (world.done_until != 0 && world.clock.now_ms >= world.done_until) {
    world.done_until = 0;
    ++world.causes;
  }
}

void restart(World& world) {
  tick(world, 1);
  world.clock.started_ms = world.clock.now_ms;
  world.memory = world.disk;
  world.reference.restart();
  end_leases(world);
  ++world.causes;
}

/// What is accepted is never lost: only a commit ends it, or a drop of the dead, on the disk too;
/// and unless it was given up, the store knows when to drive it, and a run that comes then is given
/// the lease.
void check_owed(const World& world) {
  for (const State state : {world.memory.state, world.disk.state}) {
    EXPECT_EQ(state >= State::accepted, world.is_owed);
  }
  EXPECT_EQ(world.memory.state == State::dead, world.is_given_up);
  EXPECT_EQ(world.disk.state == State::dead, world.is_given_up);
  const std::uint64_t due_ms = due_of(world.memory);
  EXPECT_EQ(due_ms != 0, world.is_owed && !world.is_given_up);
  if (due_ms != 0) {
    const Clock later{.now_ms = std::max(due_ms, world.clock.now_ms),
                      .started_ms = world.clock.started_ms};
    const Operation take{.verb = Verb::take, .owner = {std::byte{9}}, .lease_ms = lease_ms};
    EXPECT_EQ(apply(world.memory, take, later).reply.answer, Answer::granted);
  }
}

/// Everything that the next step can depend on; two worlds with the same one have the same future.
/// The second model needs no place in it: it has agreed with the row so far.
std::string fingerprint(const World& world) {
  std::string text;
  const auto add = [&text](std::uint64_t value) {
    text.append(reinterpret_cast<const char*>(&value), sizeof value);
  };
  for (const Row& row : {world.memory, world.disk}) {
    std::array<std::byte, row_bytes_max> room{};
    const Bytes bytes = encode_row(row, room);
    add(bytes.size());
    text += text_of(bytes);
  }
  for (const Holder& holder : world.holders) {
    add(holder.epoch);
    add(holder.until);
    add(holder.live ? 1 : 0);
    add(holder.by == Verb::take ? 1 : 0);
  }
  for (const std::uint64_t value :
       {world.clock.now_ms, world.clock.started_ms, world.largest_epoch, world.done_until,
        std::uint64_t{world.forwards}, std::uint64_t{world.causes}, std::uint64_t{world.is_owed},
        std::uint64_t{world.is_given_up}}) {
    add(value);
  }
  return text;
}

/// What an owner, the store or the clock may do next.
struct Move {
  std::string name;
  std::function<void(World&)> make;
};

using Moves = std::vector<Move>;

struct Counts {
  std::size_t worlds = 0;
  std::size_t steps = 0;
};

/// Breadth first, one layer for each depth. Stops at the first failure, as all that follow would
/// too.
Counts explore(const World& first, std::size_t depth, const Moves& moves) {
  std::unordered_set<std::string> known = {fingerprint(first)};
  std::vector<World> layer = {first};
  Counts counts;
  for (std::size_t level = 0; level < depth; ++level) {
    std::vector<World> next_layer;
    for (const World& world : layer) {
      for (const Move& move : moves) {
        World next = world;
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
  counts.worlds = known.size();
  return counts;
}

/// Ticks stop just before a lease ends, at its end, and at the end of retention.
Moves proxy_moves() {
  Moves moves;
  for (const std::size_t who : {std::size_t{0}, std::size_t{1}}) {
    moves.push_back({"claim", [who](World& world) { ask_for_lease(world, Verb::claim, who); }});
    moves.push_back({"commit", [who](World& world) { commit(world, who); }});
    for (const Outcome outcome : {Outcome::known, Outcome::unknown}) {
      moves.push_back({"release", [who, outcome](World& world) {
                         give_up_lease(world, Verb::release, who, outcome);
                       }});
    }
  }
  for (const std::uint32_t duration_ms : {lease_ms - 1, 1U, std::uint32_t{retain_ms}}) {
    moves.push_back({"tick", [duration_ms](World& world) { tick(world, duration_ms); }});
  }
  return moves;
}

/// A source may have been in proxy mode before, so what is left of that comes along.
Moves queue_moves() {
  Moves moves = proxy_moves();
  for (const std::size_t who : {std::size_t{0}, std::size_t{1}}) {
    moves.push_back({"take", [who](World& world) { ask_for_lease(world, Verb::take, who); }});
    for (const Verb verb : {Verb::fail, Verb::bury}) {
      for (const Outcome outcome : {Outcome::known, Outcome::unknown}) {
        moves.push_back({verb == Verb::fail ? "fail" : "bury", [who, verb, outcome](World& world) {
                           give_up_lease(world, verb, who, outcome);
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
  World first;
  first.clock = {.now_ms = 1000, .started_ms = store == Store::restarts ? 1000U : 0U};
  if (store == Store::restarts) {
    moves.push_back({"restart", restart});
  }
  const Counts counts = explore(first, depth, moves);
  EXPECT_GT(counts.worlds, 1000U);
  testing::Test::RecordProperty("worlds", std::to_string(counts.worlds));
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
