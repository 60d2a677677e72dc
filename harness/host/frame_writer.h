#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

#include "postern/base/check.h"

namespace postern::harness {

/// Writes the fields of a frame into a string that grows. The host's counterpart of the core's
/// `Writer`; reading is the core's `Reader`. Traps at what no frame can hold.
class FrameWriter {
 public:
  /// `reserve` makes room: a body that is appended to a frame without it is allocated twice.
  void reserve(std::size_t bytes) { frame_.reserve(bytes); }

  void u8(std::uint8_t value) { integer(value, 1); }
  void u16(std::uint16_t value) { integer(value, 2); }
  void u32(std::uint32_t value) { integer(value, 4); }
  void u64(std::uint64_t value) { integer(value, 8); }

  void raw(std::string_view bytes) { frame_.append(bytes); }

  /// `fixed` writes bytes of which there are always that many.
  void fixed(std::string_view bytes, std::size_t count) {
    POSTERN_CHECK(bytes.size() == count);
    raw(bytes);
  }

  /// `count16` writes a number of elements.
  void count16(std::size_t count) {
    expect_at_most(count, std::numeric_limits<std::uint16_t>::max());
    u16(static_cast<std::uint16_t>(count));
  }

  void text16(std::string_view text) {
    count16(text.size());
    raw(text);
  }

  /// `cut_text16` cuts what is longer than a frame can say. That is above every limit of the
  /// module's, so it refuses what a sender made too long.
  void cut_text16(std::string_view text) {
    text16(text.substr(0, std::numeric_limits<std::uint16_t>::max()));
  }

  void bytes32(std::string_view bytes) {
    expect_at_most(bytes.size(), std::numeric_limits<std::uint32_t>::max());
    u32(static_cast<std::uint32_t>(bytes.size()));
    raw(bytes);
  }

  [[nodiscard]] std::string take() { return std::move(frame_); }

 private:
  static void expect_at_most(std::size_t size, std::size_t most) { POSTERN_CHECK(size <= most); }

  void integer(std::uint64_t value, std::size_t count) {
    std::array<char, sizeof value> bytes;
    for (std::size_t i = 0; i < count; ++i) {
      bytes[i] = static_cast<char>(value >> (8 * i));
    }
    frame_.append(bytes.data(), count);
  }

  std::string frame_;
};

}  // namespace postern::harness
