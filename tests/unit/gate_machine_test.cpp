#include <gtest/gtest.h>

#include <optional>

#include "gate_queue_support.h"

// What a machine asks of its host besides the form of frames: as many values as the policy has
// settings, the beginning of a body that is not here, and room.

namespace postern::gate {
namespace {

using namespace testing_support;

/// Of each source that will not work, by the answer to `configure`: its problem.
std::vector<int> problems_in(const std::string& configured) {
  Reader reader(bytes_of(configured));
  static_cast<void>(reader.raw(1 + 4));
  for (std::size_t paths = reader.u16(); paths > 0; --paths) {
    static_cast<void>(reader.text16());
    static_cast<void>(reader.u64());
  }
  for (std::size_t keys = reader.u16(); keys > 0; --keys) {
    static_cast<void>(reader.u8());
    static_cast<void>(reader.text16());
  }
  std::vector<int> problems(reader.u16());
  for (int& problem : problems) {
    static_cast<void>(reader.text16());
    problem = reader.u8();
  }
  for (std::size_t sources = reader.u16(); sources > 0; --sources) {
    static_cast<void>(reader.text16());
    static_cast<void>(reader.u16());
  }
  EXPECT_TRUE(reader.finished());
  return problems;
}

TEST(Configure, WantsAValueForEachSetting) {
  SamplePolicy sample;
  for (const std::size_t count : {std::size_t{0}, std::size_t{1}, std::size_t{2}}) {
    const Gate gate(sample.policy(), std::vector(count, std::string(sample_secret)));
    EXPECT_EQ(gate.configured.empty(), count != 1) << count;
  }
}

/// The contract's room is enough. With less, a policy is none, or what has no room is a problem
/// that its operator reads of; nothing runs out, which would end this program.
TEST(Configure, TellsWhatThereIsNoRoomFor) {
  SamplePolicy sample;
  const std::string path = "/" + std::string(400, 'p');
  sample.source.path = path;
  sample.names.emplace_back("SIGNING");
  sample.signers = {1};
  const std::string signing = to_base64("0123456789abcdef0123456789abcdef");
  Gate gate(sample.policy(), {std::string(sample_secret), signing});
  ASSERT_EQ(problems_in(gate.configured), std::vector<int>{});
  std::vector<std::byte> output(output_bytes_max);
  std::vector<std::byte> storage(std::size_t{1} << 14);
  std::vector<std::byte> room(std::size_t{1} << 16);
  Request request = sample_request(std::string(sample_body));
  request.path = path;
  const std::string begin = begin_frame(request);
  std::optional<std::size_t> enough;
  for (std::size_t bytes = 0; bytes <= storage.size(); bytes += 8) {
    Machine machine(std::span(storage).first(bytes), output);
    const std::string configured = owned(machine.configure(bytes_of(gate.configure_frame)));
    const std::string begun = owned(machine.begin(bytes_of(begin), room));
    if (configured == gate.configured) {
      enough = enough.value_or(bytes);
    } else {
      EXPECT_FALSE(enough.has_value()) << "more room is never worse";
      EXPECT_EQ(configured.empty(), begun.empty());
      if (!configured.empty()) {
        EXPECT_EQ(problems_in(configured).size(), 1U);
        EXPECT_EQ(read_answer(*read_step(begun)).status, 503);
      }
    }
  }
  EXPECT_TRUE(enough.has_value());
}

/// docs/ABI.md: the first 128 bytes of a body that is not in the frame.
TEST(Begin, TakesNoMoreOfABodyThanItsBeginning) {
  SamplePolicy sample;
  Gate gate(sample.policy(), {std::string(sample_secret)});
  const auto begun = [&](std::size_t head, std::size_t body_bytes) {
    Request request = sample_request(std::string(head, 'x'));
    request.body_length = body_bytes;
    std::string frame = begin_frame(request);
    constexpr std::size_t flags = 1 + 8 + 16;
    frame[flags] = 1;  // By https; the body is not present.
    return gate.begin(frame);
  };
  EXPECT_NE(begun(128, 5000), "");
  EXPECT_EQ(begun(129, 5000), "");
  EXPECT_NE(begun(100, 100), "");
  EXPECT_EQ(begun(101, 100), "");
}

TEST(Begin, WithoutRoomForItsHeadersIsRefused) {
  SamplePolicy sample;
  Gate gate(sample.policy(), {std::string(sample_secret)});
  std::vector<std::byte> output(output_bytes_max);
  std::vector<std::byte> storage(config_storage_bytes(gate.configure_frame.size()));
  Machine machine(storage, output);
  ASSERT_FALSE(machine.configure(bytes_of(gate.configure_frame)).empty());
  EXPECT_GT(machine.config_bytes_used(), gate.configure_frame.size());
  EXPECT_LE(machine.config_bytes_used(), storage.size()) << "the rest is for calls";
  std::array<std::byte, 2 * sizeof(http::Header)> room{};
  EXPECT_EQ(
      owned(machine.begin(bytes_of(begin_frame(sample_request(std::string(sample_body)))), room)),
      "");
}

/// The module's memory is 64 MiB, and a frame of any length asks for no more than it has.
TEST(Storage, GrowsWithItsFrameUpToALimit) {
  EXPECT_LT(config_storage_bytes(0), config_storage_bytes(1000));
  EXPECT_EQ(config_storage_bytes(std::size_t{1} << 40), config_storage_bytes(std::size_t{1} << 41));
  EXPECT_LE(config_storage_bytes(SIZE_MAX), std::size_t{64} << 20);
}

}  // namespace
}  // namespace postern::gate
