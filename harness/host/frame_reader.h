#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "postern/base/bytes.h"
#include "postern/base/wire.h"

// What the readers of frames have in common, over the core's reader of integers and lengths.

namespace postern::harness::frame {

[[nodiscard]] inline std::string owned(std::string_view text) { return std::string(text); }
[[nodiscard]] inline std::string owned(Bytes bytes) { return std::string(text_of(bytes)); }

/// `count16` reads a number of elements: no list of a frame has more.
[[nodiscard]] inline std::size_t count16(Reader& reader) {
  constexpr std::size_t elements_max = 4096;
  return reader.count16(elements_max);
}

/// `read_number` fails the reader for a number that is not from `first` to `last`.
template <class Number>
[[nodiscard]] Number read_number(Reader& reader, unsigned first, unsigned last) {
  const std::uint8_t value = reader.u8();
  if (value < first || value > last) {
    reader.fail();
  }
  return static_cast<Number>(value);
}

[[nodiscard]] inline bool read_truth(Reader& reader) {
  return read_number<std::uint8_t>(reader, 0, 1) == 1;
}

}  // namespace postern::harness::frame
