#include <gtest/gtest.h>

#include <csignal>
#include <cstdio>
#include <string>

#include "fuzz/deep_play.h"
#include "harness/engine/engine.h"
#include "property/budget.h"

// Any legal policy and any delivery, on the core and on the module: nothing traps, no frame is
// refused, and both take the same steps. POSTERN_LIMITS_COUNT and POSTERN_LIMITS_SEED say how many
// and which.

namespace postern::fuzz {
namespace {

constexpr std::size_t policies_default = 800;
constexpr std::uint64_t seed_default = 20'261'129;

/// What is played, for whoever finds the native core trapped.
std::size_t playing = 0;  // NOLINT: a signal handler has no other way to it.

void tell_and_die(int signal) {
  std::fprintf(stderr, "the native core trapped: POSTERN_LIMITS_SEED=%zu POSTERN_LIMITS_COUNT=1\n",
               playing);
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

TEST(Limits, NoLegalPolicyAndNoDeliveryTraps) {
  const std::size_t count = property::count_from("POSTERN_LIMITS_COUNT", policies_default);
  const std::size_t first = property::seed_from("POSTERN_LIMITS_SEED", seed_default);
  for (const int signal : {SIGILL, SIGTRAP, SIGABRT, SIGSEGV}) {
    std::signal(signal, tell_and_die);
  }
  const auto native = harness::make_native_engine();
  auto module = harness::make_wasm_engine();
  std::size_t legal = 0;
  std::size_t deep = 0;
  for (playing = first; playing < first + count; ++playing) {
    const DeepPlay play(std::to_string(playing));
    if (!play.is_legal()) {
      continue;
    }
    ++legal;
    SCOPED_TRACE("POSTERN_LIMITS_SEED=" + std::to_string(playing) + " POSTERN_LIMITS_COUNT=1");
    try {
      module = harness::make_wasm_engine();  // A memory of its own size, not of the last one's.
      const auto steps = play.play(*module);
      EXPECT_EQ(steps, play.play(*native));
      deep += DeepPlay::is_deep(steps) ? 1 : 0;
    } catch (const std::exception& fault) {
      ADD_FAILURE() << fault.what();
    }
  }
  std::printf("note: %zu legal policies of %zu, %zu deliveries past the proof\n", legal, count,
              deep);
  if (count >= 500) {
    EXPECT_GT(legal, count / 2) << "the generator makes what the decoder refuses";
    EXPECT_GT(deep, count / 20) << "the generator no longer gets past the proof";
  }
}

}  // namespace
}  // namespace postern::fuzz
