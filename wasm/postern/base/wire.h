#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "postern/base/bytes.h"

// The one binary form of everything that crosses the module's border or is kept between two calls:
// frames, tickets, ledger rows and the compiled policy. Fields follow each other in a fixed order
// with no names: integers little-endian, text and bytes behind their length. See docs/ABI.md.

namespace postern {

/// Reads fields from bytes that are not trusted. The first field that does not fit latches
/// `failed`; from then on every read gives zero or empty, so a caller may read a whole record and
/// ask once. It never reads past the end. Borrows: the text and bytes that it gives are views of
/// the input.
class Reader {
 public:
  explicit Reader(Bytes input) : input_(input) {}

  [[nodiscard]] std::uint8_t u8() { return static_cast<std::uint8_t>(integer(1)); }
  [[nodiscard]] std::uint16_t u16() { return static_cast<std::uint16_t>(integer(2)); }
  [[nodiscard]] std::uint32_t u32() { return static_cast<std::uint32_t>(integer(4)); }
  [[nodiscard]] std::uint64_t u64() { return integer(8); }

  /// `raw` gives exactly `count` bytes.
  [[nodiscard]] Bytes raw(std::size_t count);

  /// `text16` gives text behind a 16-bit length; `bytes32` gives bytes behind a 32-bit length.
  [[nodiscard]] std::string_view text16();
  [[nodiscard]] Bytes bytes32();

  /// `count16` reads a number of elements and fails when it is over `most`.
  [[nodiscard]] std::size_t count16(std::size_t most);

  /// `fail` is for a field that fits but means nothing, such as an unknown enumerator.
  void fail() { failed_ = true; }

  [[nodiscard]] bool failed() const { return failed_; }

  /// `finished` says that all was read and nothing failed. Trailing bytes make a record malformed.
  [[nodiscard]] bool finished() const { return !failed_ && position_ == input_.size(); }

 private:
  std::uint64_t integer(std::size_t count);

  Bytes input_;
  std::size_t position_ = 0;
  bool failed_ = false;
};

/// Writes fields into room that the caller has sized by the limits. Too little room is a fault of
/// ours, so it traps: a half-written frame never leaves the module.
class Writer {
 public:
  explicit Writer(MutableBytes room) : room_(room) {}

  void u8(std::uint8_t value) { integer(value, 1); }
  void u16(std::uint16_t value) { integer(value, 2); }
  void u32(std::uint32_t value) { integer(value, 4); }
  void u64(std::uint64_t value) { integer(value, 8); }

  void raw(Bytes bytes);
  void text16(std::string_view text);
  void bytes32(Bytes bytes);

  [[nodiscard]] Bytes written() const { return room_.first(position_); }
  [[nodiscard]] std::size_t size() const { return position_; }

 private:
  void integer(std::uint64_t value, std::size_t count);

  MutableBytes room_;
  std::size_t position_ = 0;
};

}  // namespace postern
