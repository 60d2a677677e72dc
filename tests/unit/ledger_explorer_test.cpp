#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <unordered_set>
#include <utility>
#include <vector>

#include "ledger/ledger.h"

// Walks through every sequence of operations of two owners up to a depth, with ticks of the clock
// and restarts of the store between them, and compares `apply` at each step with a second model:
// written from docs/DUPLICATES.md alone, with other data (facts by name, no states). On the way it
// checks the promises S3, S4, S5, S5b and S7, and that epochs rise, on what the owners can see.

namespace postern::ledger {
namespace {

constexpr std::uint32_t lease_ms = 10;
constexpr std::uint64_t retain_ms = 100;

/// What the owners and the store may do next. Ticks are chosen to stop just before a lease ends, at
/// its end, and at the end of retention.
enum class Move : std::uint8_t {
  claim,
  commit,
  release_known,
  release_unknown,
  tick_to_last_of_lease,
  tick_one,
  tick_retention,
  restart,
};

struct Seen {
  std::string answer;
  std::uint64_t epoch = 0;
  bool mark = false;
  std::uint64_t wait_ms = 0;
  std::uint16_t status = 0;
  std::string keep;

  friend bool operator==(const Seen&, const Seen&) = default;
};

/// The second model. Facts are kept by name in two maps: what memory knows and what the disk knows.
/// A fact that is not there is not so; a restart is the disk's map copied over memory's.
class Reference {
 public:
  using Facts = std::map<std::string, std::uint64_t>;

  void restart() { memory_ = disk_; }

  Seen claim(std::uint64_t who, std::uint64_t now, std::uint64_t started) {
    forget(now);
    if (memory_.contains("done with")) {
      return {"duplicate", 0, false, 0, static_cast<std::uint16_t>(memory_["done with"]),
              "unchanged"};
    }
    const bool held = memory_.contains("held by");
    if (held && now < memory_["held until"]) {
      if (memory_["held by"] == who) {
        return {"granted", memory_["epoch"], memory_.contains("doubt"), 0, 0, "unchanged"};
      }
      return {"busy", 0, false, memory_["held until"] - now, 0, "unchanged"};
    }
    if (held || (started != 0 && now < started + lease_ms)) {
      memory_["doubt"] = 1;
    }
    memory_["epoch"] = std::max(memory_["epoch"] + 1, started * 65'536);
    memory_["held by"] = who;
    memory_["held until"] = now + lease_ms;
    memory_.erase("forget at");
    return {"granted", memory_["epoch"], memory_.contains("doubt"), 0, 0, "in memory"};
  }

  Seen commit(std::uint64_t epoch, std::uint16_t status, std::uint64_t now) {
    forget(now);
    if (memory_.contains("done with")) {
      return {"done", 0, false, 0, static_cast<std::uint16_t>(memory_["done with"]), "unchanged"};
    }
    end_hold();
    memory_["done with"] = status;
    memory_["epoch"] = std::max(memory_["epoch"], epoch);
    memory_["forget at"] = now + retain_ms;
    disk_ = memory_;
    return {"done", 0, false, 0, status, "durable"};
  }

  Seen release(std::uint64_t epoch, bool in_doubt, std::uint64_t now) {
    forget(now);
    const bool current = memory_.contains("held by") && memory_["epoch"] == epoch;
    const bool news = in_doubt && !memory_.contains("doubt") && !memory_.contains("done with");
    if (!current && !news) {
      return {"ignored", 0, false, 0, 0, "unchanged"};
    }
    if (in_doubt) {
      memory_["doubt"] = 1;
    }
    if (current) {
      end_hold();
    }
    if (memory_.contains("held by")) {
      return {"done", 0, false, 0, 0, "in memory"};
    }
    memory_["epoch"] = std::max(memory_["epoch"], epoch);
    memory_["forget at"] = now + retain_ms;
    if (!memory_.contains("doubt")) {
      return {"done", 0, false, 0, 0, "in memory"};
    }
    disk_ = memory_;
    return {"done", 0, false, 0, 0, "durable"};
  }

 private:
  void forget(std::uint64_t now) {
    if (memory_.contains("forget at") && now >= memory_["forget at"]) {
      memory_ = Facts{{"epoch", memory_["epoch"]}};
    }
  }

  void end_hold() {
    memory_.erase("held by");
    memory_.erase("held until");
  }

  Facts memory_;
  Facts disk_;
};

/// What an owner believes: the epoch that it was granted last, and until when it may forward under
/// it.
struct Holder {
  std::uint64_t epoch = 0;
  std::uint64_t until = 0;
  bool live = false;
};

struct World {
  Row memory;
  Row disk;
  Reference reference;
  Clock clock;
  std::array<Holder, 2> holders;
  std::uint64_t largest_epoch = 0;
  std::uint64_t done_until = 0;  // 0: not done.
  unsigned forwards = 0;
  unsigned causes = 0;
};

std::string name_of(Answer answer) {
  return std::array{
      "", "granted", "busy", "duplicate", "done", "ignored"}[static_cast<std::size_t>(answer)];
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
  return {name_of(reply.answer), reply.epoch,  reply.maybe_duplicate,
          reply.wait_ms,         reply.status, name_of(transition.keep)};
}

/// S3, S4, S5 and S5b, at the moment of a grant that is not a repeated reply.
void check_grant(World& world, std::size_t who, std::uint64_t epoch) {
  const std::uint64_t now = world.clock.now_ms;
  EXPECT_GT(epoch, world.largest_epoch) << "an epoch came twice, or fell";
  EXPECT_TRUE(world.done_until == 0) << "S4, S7: granted what is done";
  for (const Holder& holder : world.holders) {
    EXPECT_FALSE(holder.live && now < holder.until) << "S3: two leases run";
  }
  ++world.forwards;
  EXPECT_LE(world.forwards, 1 + world.causes) << "S5";
  EXPECT_TRUE(world.causes > 0 || world.forwards == 1) << "S5b";
  world.largest_epoch = epoch;
  world.holders[who] = {.epoch = epoch, .until = now + lease_ms, .live = true};
}

void claim(World& world, std::size_t who) {
  const Operation operation{
      .verb = Verb::claim, .owner = {std::byte(who + 1)}, .lease_ms = lease_ms};
  const Seen seen = run(world, operation);
  EXPECT_EQ(seen, world.reference.claim(who, world.clock.now_ms, world.clock.started_ms));
  const Holder& holder = world.holders[who];
  if (seen.answer == "granted" && !(holder.live && holder.epoch == seen.epoch)) {
    check_grant(world, who, seen.epoch);
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
  for (Holder& holder : world.holders) {
    holder.live = false;
  }
}

void release(World& world, std::size_t who, Outcome outcome) {
  const std::uint64_t epoch = world.holders[who].epoch;
  const Seen seen = run(
      world, {.verb = Verb::release, .retain_ms = retain_ms, .epoch = epoch, .outcome = outcome});
  EXPECT_EQ(seen, world.reference.release(epoch, outcome == Outcome::unknown, world.clock.now_ms));
  if (std::exchange(world.holders[who].live, false)) {
    ++world.causes;
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
  for (Holder& holder : world.holders) {
    holder.live = false;
  }
  ++world.causes;
}

void make(World& world, Move move, std::size_t who) {
  switch (move) {
    case Move::claim:
      return claim(world, who);
    case Move::commit:
      return commit(world, who);
    case Move::release_known:
      return release(world, who, Outcome::known);
    case Move::release_unknown:
      return release(world, who, Outcome::unknown);
    case Move::tick_to_last_of_lease:
      return tick(world, lease_ms - 1);
    case Move::tick_one:
      return tick(world, 1);
    case Move::tick_retention:
      return tick(world, retain_ms);
    case Move::restart:
      return restart(world);
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
  }
  for (const std::uint64_t value :
       {world.clock.now_ms, world.clock.started_ms, world.largest_epoch, world.done_until,
        std::uint64_t{world.forwards}, std::uint64_t{world.causes}}) {
    add(value);
  }
  return text;
}

struct Counts {
  std::size_t worlds = 0;
  std::size_t steps = 0;
};

/// Breadth first, one layer for each depth. Stops at the first failure, as all that follow would
/// too.
Counts explore(const World& first, std::size_t depth,
               const std::vector<std::pair<Move, std::size_t>>& moves) {
  std::unordered_set<std::string> known = {fingerprint(first)};
  std::vector<World> layer = {first};
  Counts counts;
  for (std::size_t level = 0; level < depth; ++level) {
    std::vector<World> next_layer;
    for (const World& world : layer) {
      for (const auto& [move, who] : moves) {
        World next = world;
        make(next, move, who);
        ++counts.steps;
        if (testing::Test::HasFailure()) {
          ADD_FAILURE() << "at depth " << level << ", move " << static_cast<int>(move);
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

std::vector<std::pair<Move, std::size_t>> moves_of_two_owners() {
  std::vector<std::pair<Move, std::size_t>> moves;
  for (const std::size_t who : {std::size_t{0}, std::size_t{1}}) {
    for (const Move move :
         {Move::claim, Move::commit, Move::release_known, Move::release_unknown}) {
      moves.emplace_back(move, who);
    }
  }
  moves.emplace_back(Move::tick_to_last_of_lease, 0);
  moves.emplace_back(Move::tick_one, 0);
  moves.emplace_back(Move::tick_retention, 0);
  return moves;
}

TEST(LedgerExplorer, KeepsItsPromisesInAStoreThatLosesNothing) {
  World first;
  first.clock = {.now_ms = 1000, .started_ms = 0};
  const Counts counts = explore(first, 7, moves_of_two_owners());
  EXPECT_GT(counts.worlds, 1000U);
  RecordProperty("worlds", std::to_string(counts.worlds));
  RecordProperty("steps", std::to_string(counts.steps));
}

TEST(LedgerExplorer, KeepsItsPromisesInAStoreThatRestarts) {
  World first;
  first.clock = {.now_ms = 1000, .started_ms = 1000};
  std::vector<std::pair<Move, std::size_t>> moves = moves_of_two_owners();
  moves.emplace_back(Move::restart, 0);
  const Counts counts = explore(first, 7, moves);
  EXPECT_GT(counts.worlds, 1000U);
  RecordProperty("worlds", std::to_string(counts.worlds));
  RecordProperty("steps", std::to_string(counts.steps));
}

}  // namespace
}  // namespace postern::ledger
