#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "postern/base/bytes.h"

// How a target cuts an input into pieces, and how a seed is put together of them.

namespace postern::fuzz {

/// Cuts an input into pieces from the front. Any bytes are an input: what is missing reads as zero
/// or as empty, so that a mutation changes a piece and seldom all behind it. Borrows.
class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size)
      : rest_(reinterpret_cast<const char*>(data), size) {}

  [[nodiscard]] std::uint8_t u8() { return static_cast<std::uint8_t>(integer(1)); }
  [[nodiscard]] std::uint16_t u16() { return static_cast<std::uint16_t>(integer(2)); }
  [[nodiscard]] std::uint64_t u64() { return integer(8); }

  /// A 16-bit length and that many bytes, or all that is left.
  [[nodiscard]] std::string text() { return std::string(raw(u16())); }

  [[nodiscard]] std::string_view raw(std::size_t count) {
    const std::string_view taken = rest_.substr(0, count);
    rest_.remove_prefix(taken.size());
    return taken;
  }

  [[nodiscard]] std::string_view rest() const { return rest_; }

 private:
  std::uint64_t integer(std::size_t bytes) {
    std::uint64_t value = 0;
    std::size_t shift = 0;
    for (const char byte : raw(bytes)) {
      value |= std::uint64_t{static_cast<unsigned char>(byte)} << shift;
      shift += 8;
    }
    return value;
  }

  std::string_view rest_;
};

/// Writes what `Input` reads.
class Output {
 public:
  Output& u8(std::uint64_t value) { return integer(value, 1); }
  Output& u16(std::uint64_t value) { return integer(value, 2); }
  Output& u64(std::uint64_t value) { return integer(value, 8); }
  Output& raw(std::string_view bytes) {
    bytes_.append(bytes);
    return *this;
  }
  Output& text(std::string_view text) {
    const std::string_view fitting = text.substr(0, 0xFFFF);
    return u16(fitting.size()).raw(fitting);
  }
  [[nodiscard]] const std::string& bytes() const { return bytes_; }

 private:
  Output& integer(std::uint64_t value, std::size_t bytes) {
    for (std::size_t i = 0; i < bytes; ++i) {
      bytes_.push_back(static_cast<char>(value >> (8 * i)));
    }
    return *this;
  }

  std::string bytes_;
};

}  // namespace postern::fuzz
