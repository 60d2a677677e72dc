#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>
#include <type_traits>

#include "postern/base/wire.h"

// Records whose binary form is their fields, one behind the other: one list of them serves both
// directions. The list is data, six bytes a field: half of what a call for each would take.

namespace postern {

/// Where a field lies in its record, and which bytes mean something in it.
struct Field {
  static constexpr std::uint8_t text = 0;

  std::uint16_t offset = 0;
  std::uint8_t bytes =
      0;  // `text` for a `std::string_view`: a 16-bit length before it on the wire.
  std::uint8_t first = 0;  // A field of one byte has a value from `first` to `last`.
  std::uint8_t last = 0;
};

/// A field of a `Record`, and a list of them: no list is taken for another record's.
template <class Record>
struct FieldOf {
  Field field;
};
template <class Record, std::size_t count>
struct FieldList {
  std::array<Field, count> fields;
};

template <class Record, std::same_as<FieldOf<Record>>... Others>
consteval FieldList<Record, 1 + sizeof...(Others)> list_fields(FieldOf<Record> first,
                                                               Others... others) {
  return {{first.field, others.field...}};
}

template <class Member>
inline constexpr bool is_byte_array = false;
template <std::size_t count>
inline constexpr bool is_byte_array<std::array<std::byte, count>> = true;

/// Numbers, flags, arrays of bytes and texts; enumerators have limits, and so a function besides.
template <class Record, class Member>
consteval FieldOf<Record> make_field(std::size_t offset) {
  constexpr bool is_text = std::is_same_v<Member, std::string_view>;
  static_assert(is_text || std::unsigned_integral<Member> || is_byte_array<Member>);
  static_assert(sizeof(Member) <= std::numeric_limits<std::uint8_t>::max());
  return {{.offset = static_cast<std::uint16_t>(offset),
           .bytes = is_text ? Field::text : static_cast<std::uint8_t>(sizeof(Member)),
           .first = 0,
           .last = std::is_same_v<Member, bool> ? std::uint8_t{1} : std::uint8_t{0xFF}}};
}

template <class Record, class Enumeration>
consteval FieldOf<Record> make_enum_field(std::size_t offset, Enumeration first, Enumeration last) {
  static_assert(sizeof(Enumeration) == 1);
  return {{.offset = static_cast<std::uint16_t>(offset),
           .bytes = 1,
           .first = static_cast<std::uint8_t>(first),
           .last = static_cast<std::uint8_t>(last)}};
}

/// `POSTERN_FIELD` names a member of `Record`; `POSTERN_ENUM_FIELD` one that means something from
/// `first` to `last`.
#define POSTERN_FIELD(Record, member) \
  ::postern::make_field<Record, decltype(Record::member)>(offsetof(Record, member))
#define POSTERN_ENUM_FIELD(Record, member, first, last)                                         \
  ::postern::make_enum_field<Record, decltype(Record::member)>(offsetof(Record, member), first, \
                                                               last)

/// What the functions below do with a record of any type.
void write_listed(std::span<const Field> fields, const void* record, Writer& writer);
void read_listed(std::span<const Field> fields, Reader& reader, void* record);

/// `write_fields` writes those fields of `record`.
template <class Record, std::size_t count>
void write_fields(const FieldList<Record, count>& list, const Record& record, Writer& writer) {
  write_listed(list.fields, &record, writer);
}

/// `read_fields` fills those fields of `record`. A value that means nothing is not stored and fails
/// the reader; what a failed reader leaves in `record` means nothing either. Borrows: texts are
/// views of the reader's input.
template <class Record, std::size_t count>
void read_fields(const FieldList<Record, count>& list, Reader& reader, Record& record) {
  read_listed(list.fields, reader, &record);
}

}  // namespace postern
