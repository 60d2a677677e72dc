#include "encoding/utf8.h"

#include <algorithm>
#include <cstring>

namespace postern::encoding {
namespace {

constexpr std::size_t ascii_step_bytes = sizeof(std::uint64_t);
constexpr std::uint64_t high_bits = 0x8080'8080'8080'8080;

/// `ascii_prefix` counts whole steps of ASCII; what is left may still start with ASCII.
std::size_t ascii_prefix(Bytes bytes) {
  std::size_t position = 0;
  while (bytes.size() - position >= ascii_step_bytes) {
    std::uint64_t step = 0;
    std::memcpy(&step, bytes.data() + position, ascii_step_bytes);
    if ((step & high_bits) != 0) {
      break;
    }
    position += ascii_step_bytes;
  }
  return position;
}

/// What may follow a lead byte: `length` bytes in all, the second of them from a range of its own
/// (which is what keeps overlong forms, surrogates and too large values out). Zero: not a lead
/// byte.
struct Sequence {
  std::size_t length;
  unsigned char second_min;
  unsigned char second_max;
};

constexpr Sequence sequence_of(unsigned lead) {
  if (lead < 0x80) {
    return {1, 0, 0};
  }
  if (lead < 0xC2 || lead > 0xF4) {
    return {0, 0, 0};
  }
  if (lead < 0xE0) {
    return {2, 0x80, 0xBF};
  }
  if (lead < 0xF0) {
    const unsigned char lowest = lead == 0xE0 ? 0xA0 : 0x80;
    const unsigned char highest = lead == 0xED ? 0x9F : 0xBF;
    return {3, lowest, highest};
  }
  const unsigned char lowest = lead == 0xF0 ? 0x90 : 0x80;
  const unsigned char highest = lead == 0xF4 ? 0x8F : 0xBF;
  return {4, lowest, highest};
}

/// `sequence_length` gives the bytes of the character at the start of `bytes`; 0 when ill-formed.
std::size_t sequence_length(Bytes bytes) {
  const Sequence sequence = sequence_of(std::to_integer<unsigned>(bytes[0]));
  if (sequence.length <= 1) {
    return sequence.length;
  }
  if (sequence.length > bytes.size()) {
    return 0;
  }
  const auto second = std::to_integer<unsigned>(bytes[1]);
  if (second < sequence.second_min || second > sequence.second_max) {
    return 0;
  }
  for (std::size_t i = 2; i < sequence.length; ++i) {
    if ((bytes[i] & std::byte{0xC0}) != std::byte{0x80}) {
      return 0;
    }
  }
  return sequence.length;
}

}  // namespace

bool is_utf8(Bytes bytes) {
  while (!bytes.empty()) {
    bytes = bytes.subspan(ascii_prefix(bytes));
    // One step's worth of characters before the next try for ASCII, so that text which is mostly
    // not ASCII does not pay for a failed try at each character.
    const std::size_t end = std::min(bytes.size(), ascii_step_bytes);
    std::size_t position = 0;
    while (position < end) {
      const std::size_t length = sequence_length(bytes.subspan(position));
      if (length == 0) {
        return false;
      }
      position += length;
    }
    bytes = bytes.subspan(position);
  }
  return true;
}

}  // namespace postern::encoding
