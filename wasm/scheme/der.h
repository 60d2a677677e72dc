#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.h"

namespace postern::scheme {

/// One DER element: its tag, its content, and all of it with tag and length. Borrows.
struct DerElement {
  std::uint8_t tag = 0;
  Bytes content;
  Bytes whole;
};

inline constexpr std::uint8_t der_boolean = 0x01;
inline constexpr std::uint8_t der_integer = 0x02;
inline constexpr std::uint8_t der_bit_string = 0x03;
inline constexpr std::uint8_t der_object_id = 0x06;
inline constexpr std::uint8_t der_utc_time = 0x17;
inline constexpr std::uint8_t der_generalized_time = 0x18;
inline constexpr std::uint8_t der_sequence = 0x30;
inline constexpr std::uint8_t der_set = 0x31;

/// Reads elements that follow each other. After the first fault everything is absent.
/// Source: X.690, distinguished encoding rules. Read 2026-11-21.
class DerReader {
 public:
  explicit DerReader(Bytes input) : rest_(input) {}

  /// `next` gives the next element; nothing at the end, or where the encoding is not distinguished:
  /// a tag of several bytes, an indefinite or over-long length, content that is cut off.
  [[nodiscard]] std::optional<DerElement> next();

  /// `expect` is `next` when its tag is `tag`, and a fault otherwise.
  [[nodiscard]] std::optional<DerElement> expect(std::uint8_t tag);

  [[nodiscard]] bool is_at_end() const { return rest_.empty(); }

 private:
  Bytes rest_;
};

/// `unsigned_integer` gives the magnitude of a non-negative INTEGER without its sign byte.
/// Refuses (nothing): negative numbers, and more leading zeros than the sign needs.
[[nodiscard]] std::optional<Bytes> unsigned_integer(const DerElement& element);

}  // namespace postern::scheme
