#include "postern/base/fields.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "postern/base/field_walk.h"

namespace postern {
namespace {

// A number's bytes in memory are its bytes on the wire.
static_assert(std::endian::native == std::endian::little);

std::string_view& text_at(std::byte* at) { return *reinterpret_cast<std::string_view*>(at); }

Bytes& bytes_at(std::byte* at) { return *reinterpret_cast<Bytes*>(at); }

struct Writing {
  Writer& writer;

  bool value(const Field& field, std::byte* at) {
    if (field.kind == Field::Kind::number) {
      writer.raw({at, field.size});
    } else if (field.kind == Field::Kind::bytes32) {
      writer.bytes32(bytes_at(at));
    } else {
      writer.text16(field.kind == Field::Kind::text16 ? text_at(at) : text_of(bytes_at(at)));
    }
    return true;
  }

  ListedSpan list(const Field& field, std::byte* at) {
    const ListedSpan span = span_at(at);
    POSTERN_CHECK(span.count <=
                  (field.kind == Field::Kind::list8 ? std::size_t{UINT8_MAX} : UINT16_MAX));
    writer.u8(static_cast<std::uint8_t>(span.count));
    if (field.kind == Field::Kind::list16) {
      writer.u8(static_cast<std::uint8_t>(span.count >> 8));
    }
    return span;
  }
};

struct Reading {
  Reader& reader;
  Arena* arena;  // Null for a record without lists.
  bool has_room = true;

  bool value(const Field& field, std::byte* at) {
    if (field.kind == Field::Kind::number) {
      return number(field, at);
    }
    if (field.kind == Field::Kind::bytes32) {
      bytes_at(at) = reader.bytes32();
    } else if (field.kind == Field::Kind::bytes16) {
      bytes_at(at) = bytes_of(reader.text16());
    } else {
      text_at(at) = reader.text16();
      if (text_at(at).size() > field.limits.last) {
        reader.fail();
      }
    }
    return !reader.failed();
  }

  bool number(const Field& field, std::byte* at) {
    const Bytes value = reader.raw(field.size);
    if (value.empty()) {
      return false;
    }
    const auto byte = std::to_integer<std::uint8_t>(value[0]);
    if (field.size == 1 && (byte < field.limits.first || byte > field.limits.last)) {
      reader.fail();
      return false;
    }
    std::memcpy(at, value.data(), value.size());
    return true;
  }

  ListedSpan list(const Field& field, std::byte* at) {
    // A type's alignment divides its size, and is no more than that of a 64-bit number.
    const auto alignment = std::min<std::size_t>(
        alignof(std::uint64_t), field.limits.first & -std::uint32_t{field.limits.first});
    const std::size_t count =
        field.kind == Field::Kind::list8 ? reader.u8() : reader.count16(field.limits.last);
    const std::size_t room = arena == nullptr ? 0 : arena->bytes_left();
    if (count > field.limits.last) {
      reader.fail();
    } else if (room < alignment || count > (room - alignment) / field.limits.first) {
      has_room = false;
      reader.fail();
    }
    ListedSpan span;
    if (!reader.failed() && count != 0) {
      span.count = count;
      span.first = arena->make_zeros(count * field.limits.first, alignment);
      std::memcpy(at, &span, sizeof(span));
    }
    return span;
  }
};

}  // namespace

void write_listed(std::span<const Field> fields, const void* record, Writer& writer) {
  Writing writing{writer};
  walk_fields(fields, record, writing);
}

bool read_listed(std::span<const Field> fields, Reader& reader, Arena& arena, void* record) {
  Reading reading{reader, &arena};
  walk_fields(fields, record, reading);
  return reading.has_room;
}

void read_listed_flat(std::span<const Field> fields, Reader& reader, void* record) {
  Reading reading{reader, nullptr};
  walk_fields(fields, record, reading);
}

}  // namespace postern
