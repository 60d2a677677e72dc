#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <unordered_set>
#include <vector>

#include "postern/ledger/ledger.h"

// One content under several hints: every sequence of operations of three deliveries, two of them
// under one hint, up to a depth. The store is the rule of docs/ABI.md: what is answered `elsewhere`
// is asked of the copy's own row, in the same step. The rules one by one: ledger_copy_test.cpp.

namespace postern::ledger {
namespace {

constexpr Hint first_hint{std::byte{0xf1}};
constexpr Hint other_hint{std::byte{0xf2}};
constexpr std::uint64_t hour_ms = std::uint64_t{60} * 60 * 1000;

constexpr std::uint32_t lease_ms = 10;
constexpr std::uint64_t retain_ms = 100;

struct Slot {
  Row memory;
  Row disk;
};

/// Deliveries 0 and 1 bring the content under one hint, delivery 2 under another.
constexpr std::size_t deliveries = 3;
constexpr Hint hint_of(std::size_t who) { return who < 2 ? first_hint : other_hint; }

struct Holder {
  std::uint64_t epoch = 0;
  std::uint64_t until = 0;
  bool live = false;
  bool is_copy = false;
};

/// What a model checker calls a global state: the store, its clock, and what each owner believes.
struct GlobalState {
  Slot content;
  std::array<Slot, 2> copies;  // By hint.
  Clock clock;
  std::array<Holder, deliveries> holders;
  /// By hint: until when it must be remembered that the origin has it, and whether it may be.
  std::array<std::uint64_t, 2> done_until{};
  std::array<bool, 2> was_done{};
  /// By hint: a forward has begun, no known outcome tells that the origin does not have it, and
  /// nothing was lost since.
  std::array<bool, 2> was_forwarded{};
  bool was_copied = false;  // A copy was granted: from then on nothing is unmarked.
};

std::size_t index_of(std::size_t who) { return who < 2 ? 0 : 1; }

Reply run(GlobalState& state, Slot& slot, const Operation& operation) {
  const Transition transition = apply(slot.memory, operation, state.clock);
  slot.memory = transition.row;
  if (transition.keep == Keep::durable) {
    slot.disk = transition.row;
  }
  return transition.reply;
}

void check_grant(GlobalState& state, std::size_t who, const Reply& reply) {
  const std::size_t hint = index_of(who);
  const std::size_t other = 1 - hint;
  EXPECT_EQ(state.done_until[hint], 0U) << "S7: granted what is done under this hint";
  for (std::size_t i = 0; i < deliveries; ++i) {
    EXPECT_FALSE(index_of(i) == hint && state.holders[i].live) << "S3: two leases of one hint";
  }
  if (!reply.maybe_duplicate) {
    EXPECT_FALSE(state.was_copied) << "unmarked although a copy went before";
    EXPECT_FALSE(state.was_forwarded[other]) << "unmarked although the other hint went before";
  }
  state.was_copied = state.was_copied || reply.is_copy;
  state.was_forwarded[hint] = true;
  state.holders[who] = {.epoch = reply.epoch,
                        .until = state.clock.now_ms + lease_ms,
                        .live = true,
                        .is_copy = reply.is_copy};
}

void claim(GlobalState& state, std::size_t who) {
  const std::size_t hint = index_of(who);
  Operation operation{.verb = Verb::claim,
                      .owner = {std::byte(who + 1)},
                      .lease_ms = lease_ms,
                      .retain_ms = retain_ms + lease_ms,
                      .hint = hint_of(who),
                      .copies_max = 60};
  Reply reply = run(state, state.content, operation);
  if (reply.answer == Answer::elsewhere) {
    EXPECT_TRUE(state.content.disk.maybe_duplicate) << "a restart would forget the copy";
    operation.is_copy = true;
    reply = run(state, state.copies[hint], operation);
    EXPECT_TRUE(reply.is_copy);
  }
  const Holder& holder = state.holders[who];
  const bool is_again = holder.live && holder.epoch == reply.epoch;
  if (reply.answer == Answer::granted && !is_again) {
    check_grant(state, who, reply);
  }
  if (reply.answer == Answer::duplicate) {
    EXPECT_TRUE(state.was_done[hint]) << "S2: told as done, and never was under this hint";
  }
}

Slot& slot_of(GlobalState& state, std::size_t who) {
  return state.holders[who].is_copy ? state.copies[index_of(who)] : state.content;
}

/// Nobody reports later than the retention after the lease.
bool may_report(const GlobalState& state, std::size_t who) {
  const Holder& holder = state.holders[who];
  return holder.epoch != 0 && state.clock.now_ms < holder.until + retain_ms;
}

void commit(GlobalState& state, std::size_t who) {
  const std::size_t hint = index_of(who);
  if (!may_report(state, who)) {
    return;
  }
  const Reply reply = run(state, slot_of(state, who),
                          {.verb = Verb::commit,
                           .retain_ms = retain_ms,
                           .epoch = state.holders[who].epoch,
                           .status = 200,
                           .hint = hint_of(who)});
  if (reply.answer != Answer::done) {
    return;  // Another hint has its row, after a restart: it comes again, and marked.
  }
  state.was_done[hint] = true;
  if (state.done_until[hint] == 0) {
    state.done_until[hint] = state.clock.now_ms + retain_ms;
  }
  for (std::size_t i = 0; i < deliveries; ++i) {
    state.holders[i].live = state.holders[i].live && index_of(i) != hint;
  }
}

void release(GlobalState& state, std::size_t who, Outcome outcome) {
  Holder& holder = state.holders[who];
  if (!may_report(state, who)) {
    return;
  }
  const bool was_live = holder.live;
  static_cast<void>(run(state, slot_of(state, who),
                        {.verb = Verb::release,
                         .retain_ms = retain_ms,
                         .epoch = holder.epoch,
                         .outcome = outcome,
                         .hint = hint_of(who)}));
  holder.live = false;
  if (was_live && outcome == Outcome::known && state.done_until[index_of(who)] == 0) {
    state.was_forwarded[index_of(who)] = false;
  }
}

/// What is remembered of a hint is forgotten with its retention; of the content when nothing of it
/// is left.
void tick(GlobalState& state, std::uint64_t duration_ms) {
  state.clock.now_ms += duration_ms;
  for (Holder& holder : state.holders) {
    holder.live = holder.live && state.clock.now_ms < holder.until;
  }
  for (std::uint64_t& until : state.done_until) {
    until = state.clock.now_ms < until ? until : 0;
  }
  const Row& content = state.content.memory;
  if (content.expires_ms != 0 && state.clock.now_ms >= content.expires_ms) {
    state.was_forwarded = {};
    state.was_done = {};
    state.was_copied = false;
  }
}

/// What a first delivery's lost lease says is lost with it, as docs/DUPLICATES.md has it.
void restart(GlobalState& state) {
  tick(state, 1);
  state.clock.started_ms = state.clock.now_ms;
  for (Slot* slot : {&state.content, &state.copies[0], &state.copies[1]}) {
    slot->memory = slot->disk;
  }
  for (Holder& holder : state.holders) {
    holder.live = false;
  }
  if (state.content.memory.state == State::absent) {
    EXPECT_FALSE(state.was_copied) << "a restart forgot that there was a copy";
    state.was_forwarded = {};
  }
}

/// A copy whose lease runs or that is done is never remembered without its content: it would be
/// taken for the first.
void check_remembered(const GlobalState& state) {
  const auto is_absent = [&](const Row& row) {
    const bool may_expire = row.state == State::done || row.state == State::retryable;
    return row.state == State::absent ||
           (may_expire && row.expires_ms != 0 && state.clock.now_ms >= row.expires_ms);
  };
  const auto is_over = [&](const Row& row) {
    return is_absent(row) ||
           (row.state == State::claimed && state.clock.now_ms >= row.lease_until_ms);
  };
  for (const Slot& copy : state.copies) {
    EXPECT_TRUE(is_over(copy.disk) || !is_absent(state.content.disk));
    EXPECT_TRUE(is_over(copy.memory) || !is_absent(state.content.memory));
  }
}

std::string fingerprint(const GlobalState& state) {
  std::string text;
  const auto add = [&text](std::uint64_t value) {
    text.append(reinterpret_cast<const char*>(&value), sizeof value);
  };
  for (const Slot* slot : {&state.content, &state.copies[0], &state.copies[1]}) {
    for (const Row& row : {slot->memory, slot->disk}) {
      std::array<std::byte, row_bytes_max> room{};
      const Bytes bytes = encode_row(row, room);
      add(bytes.size());
      text += text_of(bytes);
    }
  }
  for (const Holder& holder : state.holders) {
    add(holder.epoch);
    add(holder.until);
    add((holder.live ? 1U : 0U) + (holder.is_copy ? 2U : 0U));
  }
  for (const std::uint64_t value :
       {state.clock.now_ms, state.clock.started_ms, state.done_until[0], state.done_until[1],
        std::uint64_t{state.was_forwarded[0]}, std::uint64_t{state.was_forwarded[1]},
        std::uint64_t{state.was_done[0]}, std::uint64_t{state.was_done[1]},
        std::uint64_t{state.was_copied}}) {
    add(value);
  }
  return text;
}

struct Move {
  std::string name;
  std::function<void(GlobalState&)> make;
};

std::vector<Move> moves() {
  std::vector<Move> all;
  for (std::size_t who = 0; who < deliveries; ++who) {
    const std::string name = std::to_string(who);
    all.push_back({"claim " + name, [who](GlobalState& state) { claim(state, who); }});
    all.push_back({"commit " + name, [who](GlobalState& state) { commit(state, who); }});
    for (const Outcome outcome : {Outcome::known, Outcome::unknown}) {
      all.push_back({"release " + name + (outcome == Outcome::known ? "" : " in doubt"),
                     [who, outcome](GlobalState& state) { release(state, who, outcome); }});
    }
  }
  for (const std::uint64_t duration_ms :
       {std::uint64_t{lease_ms}, retain_ms - lease_ms, hour_ms + retain_ms}) {
    all.push_back({"tick " + std::to_string(duration_ms),
                   [duration_ms](GlobalState& state) { tick(state, duration_ms); }});
  }
  return all;
}

struct Step {
  GlobalState state;
  std::string way;
};

/// Breadth first; stops at the first failure and tells the way there.
std::size_t explore(const GlobalState& first, std::size_t depth, const std::vector<Move>& all) {
  std::unordered_set<std::string> known = {fingerprint(first)};
  std::vector<Step> layer = {{first, ""}};
  for (std::size_t level = 0; level < depth; ++level) {
    std::vector<Step> next_layer;
    for (const Step& step : layer) {
      for (const Move& move : all) {
        Step next{step.state, step.way + ", " + move.name};
        move.make(next.state);
        check_remembered(next.state);
        if (testing::Test::HasFailure()) {
          ADD_FAILURE() << next.way;
          return 0;
        }
        if (known.insert(fingerprint(next.state)).second && level + 1 < depth) {
          next_layer.push_back(std::move(next));
        }
      }
    }
    layer = std::move(next_layer);
  }
  return known.size();
}

TEST(LedgerCopies, KeepTheirPromisesInAStoreThatLosesNothing) {
  GlobalState first;
  first.clock = {.now_ms = 1000, .started_ms = 0};
  EXPECT_GT(explore(first, 7, moves()), 10'000U);
}

TEST(LedgerCopies, KeepTheirPromisesInAStoreThatRestarts) {
  GlobalState first;
  first.clock = {.now_ms = 1000, .started_ms = 1000};
  std::vector<Move> all = moves();
  all.push_back({"restart", restart});
  EXPECT_GT(explore(first, 6, all), 10'000U);
}

}  // namespace
}  // namespace postern::ledger
