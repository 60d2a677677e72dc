#pragma once

#include <cstdint>

#include "postern/base/bytes.h"

namespace postern::scheme {

inline constexpr std::uint8_t der_boolean = 0x01;
inline constexpr std::uint8_t der_integer = 0x02;
inline constexpr std::uint8_t der_bit_string = 0x03;
inline constexpr std::uint8_t der_object_id = 0x06;
inline constexpr std::uint8_t der_utc_time = 0x17;
inline constexpr std::uint8_t der_generalized_time = 0x18;
inline constexpr std::uint8_t der_sequence = 0x30;
inline constexpr std::uint8_t der_set = 0x31;

/// Reads elements that follow each other, one at a time: what was read last is asked of the reader.
/// After the first fault, as at the end, there is nothing more and what was read is empty, so a
/// caller may read on and ask once. Borrows.
/// Source: X.690, distinguished encoding rules. Read 2026-11-21.
class DerReader {
 public:
  explicit DerReader(Bytes input) : rest_(input) {}

  /// `next` reads an element. False at the end, or where the encoding is not distinguished: a tag
  /// of several bytes, an indefinite or over-long length, content that is cut off.
  bool next();

  /// `expect` is `next` when the tag is `tag`, and a fault otherwise.
  bool expect(std::uint8_t tag);

  /// `enter` reads what `expect` reads, and gives a reader of the elements in it.
  [[nodiscard]] DerReader enter(std::uint8_t tag);

  /// Of the element that was read last: its tag, its content, and all of it with tag and length.
  [[nodiscard]] std::uint8_t tag() const { return tag_; }
  [[nodiscard]] Bytes content() const { return content_; }
  [[nodiscard]] Bytes whole() const { return whole_; }

  [[nodiscard]] bool is_at_end() const { return rest_.empty(); }

 private:
  Bytes rest_;
  Bytes content_;
  Bytes whole_;
  std::uint8_t tag_ = 0;
};

/// `next_unsigned` reads a non-negative INTEGER and gives its magnitude without the sign byte, at
/// least one byte. Empty for negative numbers, for more leading zeros than the sign needs, and
/// where there is no INTEGER.
[[nodiscard]] Bytes next_unsigned(DerReader& reader);

}  // namespace postern::scheme
