#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "harness/host/frame_writer.h"
#include "harness/host/simulation.h"
#include "harness/host/token_buckets.h"

namespace postern::harness {
namespace {

constexpr std::string_view row_of_nothing = "row";

/// Plays frames back. The ledger takes what is accepted, due at once, and is done with anything
/// else: no byte of its rows means anything.
class QueueEngine final : public Engine {
 public:
  [[nodiscard]] std::string_view name() const override { return "fake"; }
  [[nodiscard]] std::string configure(std::string_view) override {
    FrameWriter writer;
    writer.u8(abi_version);
    writer.u32(0);
    for (int lists = 0; lists < 4; ++lists) {
      writer.u16(0);
    }
    return writer.take();
  }
  [[nodiscard]] std::string begin(std::string_view) override { return next(); }
  [[nodiscard]] std::string resume(std::string_view frame) override {
    frames.emplace_back(frame);
    return next();
  }
  [[nodiscard]] std::string ledger(std::string_view frame) override {
    const bool is_accept = frame.ends_with("accept");
    FrameWriter writer;
    writer.u8(abi_version);
    writer.u8(2);
    writer.u64(0);
    writer.u64(is_accept ? 1000 : 0);
    writer.text16(row_of_nothing);
    writer.u8(is_accept ? 6 : 4);
    writer.u64(0);
    writer.text16("reply");
    return writer.take();
  }

  std::vector<std::string> steps;
  std::vector<std::string> frames;

 private:
  std::string next() {
    std::string step = steps.at(0);
    steps.erase(steps.begin());
    return step;
  }
};

FrameWriter step_head(EffectKind kind) {
  FrameWriter writer;
  writer.u8(abi_version);
  writer.u8(static_cast<std::uint8_t>(kind));
  writer.u8(0);
  writer.text16("ticket");
  return writer;
}

const std::string key_a(32, 'a');
const std::string key_b(32, 'b');

std::string accept_step() {
  FrameWriter writer = step_head(EffectKind::accept);
  writer.text16("shard");
  writer.u8(2);
  const std::array<std::pair<std::string, std::string_view>, 2> entries = {
      {{key_a, "stored a"}, {key_b, "stored b"}}};
  for (const auto& [key, ticket] : entries) {
    writer.raw(key);
    writer.text16(ticket);
    writer.text16("accept");
    writer.u8(0);  // No copy.
  }
  return writer.take();
}

std::string enqueue_step() {
  FrameWriter writer = step_head(EffectKind::enqueue);
  writer.u8(0);
  writer.text16("shard");
  writer.u8(2);
  writer.raw(key_a);
  writer.raw(key_b);
  return writer.take();
}

std::string commit_step(const std::string& key) {
  FrameWriter writer = step_head(EffectKind::commit);
  writer.text16("shard");
  writer.raw(key);
  writer.text16("commit");
  return writer.take();
}

std::string answer_step() {
  FrameWriter writer = step_head(EffectKind::answer);
  writer.u8(0);
  writer.u16(200);
  writer.u16(0);
  writer.bytes32("");
  writer.bytes32("");
  return writer.take();
}

std::string finish_step() {
  FrameWriter writer = step_head(EffectKind::finish);
  writer.bytes32("{}");
  return writer.take();
}

std::string retry_step(std::uint32_t delay_ms) {
  FrameWriter writer = step_head(EffectKind::retry_later);
  writer.u32(delay_ms);
  writer.bytes32("{}");
  return writer.take();
}

std::vector<Arrival> one_arrival() {
  std::vector<Arrival> arrivals(1);
  arrivals[0].token = std::string(16, 't');
  return arrivals;
}

void add_acceptance(QueueEngine& engine) {
  for (std::string step : {accept_step(), answer_step(), enqueue_step(), finish_step()}) {
    engine.steps.push_back(std::move(step));
  }
}

TEST(Queue, DrivesEachDestinationFromItsOwnTicket) {
  QueueEngine engine;
  Simulation simulation(engine, "", {});
  add_acceptance(engine);
  engine.steps.insert(engine.steps.end(), {commit_step(key_a), finish_step(), retry_step(5000),
                                           commit_step(key_b), finish_step()});
  const Played played = simulation.play(one_arrival(), 1000, until_settled, {});
  ASSERT_EQ(played.runs.size(), 3U);
  EXPECT_EQ(played.runs[1].outcome.comes_again_ms, 5000U);
  EXPECT_NE(played.runs[1].token, played.runs[2].token);
  // Accept, answer and enqueue have brought three frames; each run begins with its stored ticket.
  EXPECT_TRUE(engine.frames[3].contains("stored a"));
  EXPECT_TRUE(engine.frames[5].contains("stored b"));
  // The time of the second run of b: 1000 + 5000 = 6000 = 0x1770.
  EXPECT_EQ(engine.frames[6].substr(1, 3), std::string("\x70\x17\0", 3));
  EXPECT_EQ(simulation.holdings().ledger.owed, 0U);
  EXPECT_EQ(simulation.holdings().ledger.accepted, 2U);
}

TEST(Queue, KeepsForLaterWhatComesBehindTheEndOfAStep) {
  QueueEngine engine;
  Simulation simulation(engine, "", {});
  add_acceptance(engine);
  engine.steps.insert(engine.steps.end(), {retry_step(5000), commit_step(key_b), finish_step()});
  EXPECT_EQ(simulation.play(one_arrival(), 1000, 5999, {}).runs.size(), 2U);
  EXPECT_EQ(simulation.holdings().ledger.owed, 1U);
  engine.steps = {commit_step(key_a), finish_step()};
  EXPECT_EQ(simulation.play({}, 5999, 6000, {}).runs.size(), 1U);
  EXPECT_EQ(simulation.holdings().ledger.owed, 0U);
}

TEST(Queue, SweepsWhatHasLostItsMessage) {
  QueueEngine engine;
  Simulation simulation(engine, "", {});
  add_acceptance(engine);
  EXPECT_TRUE(
      simulation.play(one_arrival(), 1000, 61'000, {.queue = QueueFault::lost}).runs.empty());
  engine.steps = {commit_step(key_a), finish_step(), commit_step(key_b), finish_step()};
  const Played played = simulation.play({}, 61'000, until_settled, {});
  EXPECT_EQ(played.runs.size(), 2U);
  ASSERT_EQ(played.sweeps.size(), 2U);
  EXPECT_EQ(played.sweeps[0].at_ms, 61'001U);
}

TEST(Queue, ForgetsAMessageForWhichNothingIsOwed) {
  QueueEngine engine;
  Simulation simulation(engine, "", {});
  add_acceptance(engine);
  engine.steps.insert(engine.steps.end(),
                      {commit_step(key_a), finish_step(), commit_step(key_b), finish_step()});
  const Played played =
      simulation.play(one_arrival(), 1000, until_settled, {.queue = QueueFault::doubled});
  EXPECT_EQ(played.runs.size(), 2U);
}

TEST(Queue, IsCutOffWhenItNeverSettles) {
  QueueEngine engine;
  Simulation simulation(engine, "", {});
  add_acceptance(engine);
  engine.steps.insert(engine.steps.end(), runs_max, retry_step(1000));
  const Played played = simulation.play(one_arrival(), 1000, until_settled, {});
  EXPECT_EQ(played.runs.size(), runs_max);
  EXPECT_TRUE(played.is_cut_off);
}

TEST(Simulation, RefusesTheEndOfARunFromADelivery) {
  QueueEngine engine;
  Simulation simulation(engine, "", {});
  engine.steps = {retry_step(1)};
  EXPECT_THROW(static_cast<void>(simulation.deliver(one_arrival(), 0, {})), MalformedAnswer);
}

TEST(TokenBuckets, LetAFullBucketThroughAtOnceAndThenOneForEachShare) {
  TokenBuckets buckets;
  const Limit limit{.bucket = "a", .requests = 3, .period_seconds = 10};
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(buckets.take(limit, 1'000'000), Limited::allowed);
  }
  EXPECT_EQ(buckets.take(limit, 1'000'000), Limited::denied);
  // A third of ten seconds is 3333.3 ms.
  EXPECT_EQ(buckets.take(limit, 1'003'333), Limited::denied);
  EXPECT_EQ(buckets.take(limit, 1'003'334), Limited::allowed);
  EXPECT_EQ(buckets.take(limit, 1'006'666), Limited::denied);
  EXPECT_EQ(buckets.take(limit, 1'006'667), Limited::allowed);
  EXPECT_EQ(buckets.take({.bucket = "b", .requests = 3, .period_seconds = 10}, 1'006'667),
            Limited::allowed);
  // Full again after the whole period, not fuller.
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(buckets.take(limit, 2'000'000), Limited::allowed);
  }
  EXPECT_EQ(buckets.take(limit, 2'000'000), Limited::denied);
}

}  // namespace
}  // namespace postern::harness
