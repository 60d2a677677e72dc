#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>
#include <type_traits>

#include "postern/base/arena.h"
#include "postern/base/wire.h"

// Records whose binary form is their fields, one behind the other: one list of them serves both
// directions. The list is data, eight bytes a field, and one loop goes through it: calls for each
// field would take twice as much.

namespace postern {

/// What stands at one place of a record, and which bytes mean something there.
struct Field {
  enum class Kind : std::uint8_t {
    number,   // An integer, a truth, an enumerator, or an array of bytes: `size` of them.
    text16,   // A `std::string_view` behind a 16-bit length.
    bytes16,  // `Bytes` behind a 16-bit length.
    bytes32,  // `Bytes` behind a 32-bit length.
    list8,    // A span behind a count of 8 bits; the next `size` fields are those of an element.
    list16,   // The same with 16 bits.
    when,     // The next `size` fields are there when the number at `offset` is within `limits`.
    record,   // A record: the `size` fields that stand at `list`, which several places share.
  };
  /// Of one byte, the least and the most that it may be. Of a text, its most bytes. Of a list, the
  /// bytes of an element, and its most elements.
  struct Limits {
    std::uint16_t first = 0;
    std::uint16_t last = 0;
  };

  std::uint16_t offset = 0;
  Kind kind = Kind::number;
  std::uint8_t size = 0;
  union {
    Limits limits{};
    const Field* list;
  };
};

/// The fields of a `Record` in their order: no list is taken for another record's.
template <class Record, std::size_t count>
struct FieldList {
  std::array<Field, count> fields;
};

/// How deep lists and records may stand in each other. Of a policy: schemes, events, conditions,
/// one of them, its locator, the tokens of its pointer.
inline constexpr std::size_t field_depth_max = 6;

template <class Record, std::size_t... counts>
consteval FieldList<Record, (counts + ...)> list_fields(const FieldList<Record, counts>&... parts) {
  FieldList<Record, (counts + ...)> list;
  std::size_t at = 0;
  const auto append = [&](std::span<const Field> fields) {
    for (const Field& field : fields) {
      list.fields[at++] = field;
    }
  };
  (append(parts.fields), ...);
  return list;
}

template <class Member>
inline constexpr bool is_byte_array = false;
template <std::size_t count>
inline constexpr bool is_byte_array<std::array<std::byte, count>> = true;

/// Numbers, flags, characters, arrays of bytes, texts, and bytes behind a 32-bit length.
/// Enumerators have limits, and so a function besides.
template <class Record, class Member>
consteval FieldList<Record, 1> make_field(std::size_t offset) {
  Field field{.offset = static_cast<std::uint16_t>(offset), .limits = {}};
  if constexpr (std::is_same_v<Member, std::string_view>) {
    field.kind = Field::Kind::text16;
    field.limits.last = std::numeric_limits<std::uint16_t>::max();
  } else if constexpr (std::is_same_v<Member, Bytes>) {
    field.kind = Field::Kind::bytes32;
  } else {
    static_assert(std::unsigned_integral<Member> || std::is_same_v<Member, char> ||
                  is_byte_array<Member>);
    static_assert(sizeof(Member) <= std::numeric_limits<std::uint8_t>::max());
    field.size = static_cast<std::uint8_t>(sizeof(Member));
    field.limits.last = std::is_same_v<Member, bool> ? 1 : 0xFF;
  }
  return {{field}};
}

/// One byte whose value is from `first` to `last`: an enumerator, or a number with such limits.
template <class Record, class Member>
consteval FieldList<Record, 1> make_number_field(std::size_t offset, std::uint8_t first,
                                                 std::uint8_t last) {
  static_assert(sizeof(Member) == 1);
  return {{Field{.offset = static_cast<std::uint16_t>(offset),
                 .kind = Field::Kind::number,
                 .size = 1,
                 .limits = {first, last}}}};
}

/// A value whose bytes in memory are its bytes on the wire, whatever its type.
template <class Record, class Member>
consteval FieldList<Record, 1> make_plain_field(std::size_t offset) {
  static_assert(std::has_unique_object_representations_v<Member>);
  return {{Field{.offset = static_cast<std::uint16_t>(offset),
                 .kind = Field::Kind::number,
                 .size = static_cast<std::uint8_t>(sizeof(Member)),
                 .limits = {0, 0xFF}}}};
}

/// A text of at most `longest` bytes.
template <class Record, class Member>
consteval FieldList<Record, 1> make_text_field(std::size_t offset, std::size_t longest) {
  static_assert(std::is_same_v<Member, std::string_view>);
  return {{Field{.offset = static_cast<std::uint16_t>(offset),
                 .kind = Field::Kind::text16,
                 .size = 0,
                 .limits = {0, static_cast<std::uint16_t>(longest)}}}};
}

template <class Record, class Member>
consteval FieldList<Record, 1> make_bytes16_field(std::size_t offset) {
  static_assert(std::is_same_v<Member, Bytes>);
  return {{Field{
      .offset = static_cast<std::uint16_t>(offset), .kind = Field::Kind::bytes16, .limits = {}}}};
}

/// `list` as it stands behind one field that says what it is.
template <class Record, class Element, std::size_t count>
consteval FieldList<Record, 1 + count> put_before(Field field,
                                                  const FieldList<Element, count>& list) {
  static_assert(count <= std::numeric_limits<std::uint8_t>::max());
  FieldList<Record, 1 + count> result;
  field.size = static_cast<std::uint8_t>(count);
  result.fields[0] = field;
  for (std::size_t i = 0; i < count; ++i) {
    result.fields[1 + i] = list.fields[i];
  }
  return result;
}

/// A span of elements that each have the fields of `element`, behind a count of so many bits.
template <class Record, class Member, std::size_t count>
consteval FieldList<Record, 1 + count> make_list_field(
    std::size_t offset, unsigned count_bits, std::size_t most,
    const FieldList<std::remove_cv_t<typename Member::element_type>, count>& element) {
  return put_before<Record>(
      {.offset = static_cast<std::uint16_t>(offset),
       .kind = count_bits == 8 ? Field::Kind::list8 : Field::Kind::list16,
       .size = 0,
       .limits = {static_cast<std::uint16_t>(sizeof(typename Member::element_type)),
                  static_cast<std::uint16_t>(most)}},
      element);
}

/// The fields of a record that is a member of another one.
template <class Record, class Member, std::size_t count>
consteval FieldList<Record, count> make_record_field(std::size_t offset,
                                                     const FieldList<Member, count>& list) {
  FieldList<Record, count> result;
  for (std::size_t i = 0, of_element = 0; i < count; ++i) {
    Field field = list.fields[i];
    const bool is_list = field.kind == Field::Kind::list8 || field.kind == Field::Kind::list16;
    if (of_element == 0) {
      field.offset = static_cast<std::uint16_t>(field.offset + offset);
      of_element = is_list ? field.size : 0;
    } else {
      --of_element;
    }
    result.fields[i] = field;
  }
  return result;
}

/// The same, for a list of fields that many records have: it stands once, where `list` is.
template <class Record, class Member, std::size_t count>
consteval FieldList<Record, 1> make_shared_field(std::size_t offset,
                                                 const FieldList<Member, count>& list) {
  return {{Field{.offset = static_cast<std::uint16_t>(offset),
                 .kind = Field::Kind::record,
                 .size = static_cast<std::uint8_t>(count),
                 .list = list.fields.data()}}};
}

/// An element whose fields are shared with other lists.
template <class Element, std::size_t count>
consteval FieldList<Element, 1> shared_element(const FieldList<Element, count>& list) {
  return make_shared_field<Element, Element>(0, list);
}

/// An element that is a single value.
template <class Element>
consteval FieldList<Element, 1> scalar_field() {
  return make_field<Element, Element>(0);
}

#define POSTERN_MEMBER(Record, member) Record, std::remove_cvref_t<decltype(Record::member)>

/// `POSTERN_FIELD` names a member of `Record`; `POSTERN_ENUM_FIELD` one that means something from
/// `first` to `last`; `POSTERN_NUMBER_FIELD` the same with numbers.
#define POSTERN_FIELD(Record, member) \
  ::postern::make_field<POSTERN_MEMBER(Record, member)>(offsetof(Record, member))
#define POSTERN_ENUM_FIELD(Record, member, first, last)                  \
  POSTERN_NUMBER_FIELD(Record, member, static_cast<std::uint8_t>(first), \
                       static_cast<std::uint8_t>(last))
#define POSTERN_NUMBER_FIELD(Record, member, first, last)                                       \
  ::postern::make_number_field<POSTERN_MEMBER(Record, member)>(offsetof(Record, member), first, \
                                                               last)
#define POSTERN_PLAIN_FIELD(Record, member) \
  ::postern::make_plain_field<POSTERN_MEMBER(Record, member)>(offsetof(Record, member))
/// A text of at most `longest` bytes, and bytes behind a 16-bit length.
#define POSTERN_TEXT_FIELD(Record, member, longest) \
  ::postern::make_text_field<POSTERN_MEMBER(Record, member)>(offsetof(Record, member), longest)
#define POSTERN_BYTES16_FIELD(Record, member) \
  ::postern::make_bytes16_field<POSTERN_MEMBER(Record, member)>(offsetof(Record, member))
/// A span of at most `most` elements, whose fields are `element`, behind a count of `bits`.
#define POSTERN_LIST_FIELD(Record, member, bits, most, element)                                    \
  ::postern::make_list_field<POSTERN_MEMBER(Record, member)>(offsetof(Record, member), bits, most, \
                                                             element)
/// The fields `list` of a member that is a record itself.
#define POSTERN_RECORD_FIELD(Record, member, list) \
  ::postern::make_record_field<POSTERN_MEMBER(Record, member)>(offsetof(Record, member), list)
#define POSTERN_SHARED_FIELD(Record, member, list) \
  ::postern::make_shared_field<POSTERN_MEMBER(Record, member)>(offsetof(Record, member), list)
/// The fields that follow, which are there when the number `member` before them is `value`, or from
/// `first` to `last`. What is read into a record without them leaves them as they are. The number
/// has one byte, or two when `last` has.
#define POSTERN_WHEN(Record, member, value, ...) \
  POSTERN_WHEN_BETWEEN(Record, member, value, value, __VA_ARGS__)
#define POSTERN_WHEN_BETWEEN(Record, member, first_value, last_value, ...)                       \
  ::postern::put_before<Record>({.offset = static_cast<std::uint16_t>(offsetof(Record, member)), \
                                 .kind = ::postern::Field::Kind::when,                           \
                                 .size = 0,                                                      \
                                 .limits = {static_cast<std::uint16_t>(first_value),             \
                                            static_cast<std::uint16_t>(last_value)}},            \
                                ::postern::list_fields(__VA_ARGS__))

/// What the functions below do with a record of any type.
void write_listed(std::span<const Field> fields, const void* record, Writer& writer);
[[nodiscard]] bool read_listed(std::span<const Field> fields, Reader& reader, Arena& arena,
                               void* record);
void read_listed_flat(std::span<const Field> fields, Reader& reader, void* record);

/// `write_fields` writes those fields of `record`. It checks no limits, but a list that is longer
/// than its count can say traps.
template <class Record, std::size_t count>
void write_fields(const FieldList<Record, count>& list, const Record& record, Writer& writer) {
  write_listed(list.fields, &record, writer);
}

/// `read_fields` fills those fields of `record`. A value that means nothing is not stored and fails
/// the reader; what a failed reader leaves in `record` means nothing either. Borrows: texts are
/// views of the reader's input. For a record without lists.
template <class Record, std::size_t count>
void read_fields(const FieldList<Record, count>& list, Reader& reader, Record& record) {
  read_listed_flat(list.fields, reader, &record);
}

/// The same for a record with lists, whose elements it makes in `arena`, all bytes of them zero
/// before they are read. False when the arena has no room for what the reader's input asks for,
/// which fails the reader too: the input is not trusted, and the arena would trap.
template <class Record, std::size_t count>
[[nodiscard]] bool read_fields(const FieldList<Record, count>& list, Reader& reader, Arena& arena,
                               Record& record) {
  return read_listed(list.fields, reader, arena, &record);
}

}  // namespace postern
