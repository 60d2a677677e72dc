#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <memory>

#include "embed/include/postern.h"

// The statuses that embed/include/postern.h promises. What frames mean is docs/ABI.md's, and tested
// there; tests/embed takes a delivery through the installed library.

namespace {

using Gate = std::unique_ptr<postern_gate, decltype(&postern_gate_free)>;
Gate make_gate() { return {postern_gate_new(), &postern_gate_free}; }

using Call = postern_status (*)(postern_gate*, const void*, std::size_t, postern_answer*);
constexpr std::array<Call, 4> calls = {&postern_configure, &postern_begin, &postern_resume,
                                       &postern_ledger};

/// An answer that was there before, and has to go.
postern_answer old_answer() {
  static constexpr std::uint8_t byte = 1;
  return {&byte, 1};
}

TEST(EmbeddedCalls, GiveNothingForAFrameThatIsNone) {
  const Gate gate = make_gate();
  for (const Call call : calls) {
    for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{3}}) {
      constexpr std::array<std::uint8_t, 3> frame = {1, 0, 0};
      postern_answer answer = old_answer();
      EXPECT_EQ(call(gate.get(), frame.data(), size, &answer), POSTERN_MALFORMED);
      EXPECT_EQ(answer.data, nullptr);
      EXPECT_EQ(answer.size, 0U);
    }
  }
}

TEST(EmbeddedCalls, DoNotReadAFrameThatIsTooLarge) {
  const Gate gate = make_gate();
  for (const Call call : calls) {
    postern_answer answer = old_answer();
    // Whoever read it would read behind one byte.
    const auto frame = std::make_unique<std::uint8_t>(std::uint8_t{1});
    EXPECT_EQ(call(gate.get(), frame.get(), postern_frame_bytes_max() + 1, &answer),
              POSTERN_TOO_LARGE);
    EXPECT_EQ(answer.data, nullptr);
    EXPECT_EQ(answer.size, 0U);
  }
}

// docs/ABI.md: a `ledger` frame is version, two times, a row and an operation; an empty row and an
// empty operation leave the row unchanged (Keep 0).
TEST(EmbeddedCalls, LeaveAnEmptyRowAsItIsWithoutAPolicy) {
  const Gate gate = make_gate();
  constexpr std::array<std::uint8_t, 1 + 8 + 8 + 2 + 2> frame = {1};
  postern_answer answer = old_answer();
  ASSERT_EQ(postern_ledger(gate.get(), frame.data(), frame.size(), &answer), POSTERN_OK);
  ASSERT_GE(answer.size, 2U);
  EXPECT_EQ(answer.data[0], postern_abi_version());
  EXPECT_EQ(answer.data[1], 0);
}

TEST(EmbeddedCalls, AllowNoGateToBeGivenBack) { postern_gate_free(nullptr); }

// docs/ABI.md: version 1, and frames of 26 MiB.
TEST(EmbeddedCalls, HaveTheNumbersOfTheModule) {
  EXPECT_EQ(postern_abi_version(), 1U);
  EXPECT_EQ(postern_frame_bytes_max(), 27262976U);
}

}  // namespace
