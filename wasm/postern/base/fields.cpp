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

/// Takes fields from a record to the wire, or from the wire to a record: both in one walk, whose
/// code would else stand in the module twice.
struct Transfer {
  Writer* writer;  // Null when reading.
  Reader* reader;
  Arena* arena;  // Null for a record without lists.
  bool has_room = true;

  bool value(const Field& field, std::byte* at) {
    return writer != nullptr ? write(field, at) : read(field, at);
  }

  ListedSpan list(const Field& field, std::byte* at) {
    return writer != nullptr ? write_count(field, at) : read_count(field, at);
  }

 private:
  bool write(const Field& field, std::byte* at) {
    if (field.kind == Field::Kind::number) {
      writer->raw({at, field.size});
    } else if (field.kind == Field::Kind::bytes32) {
      writer->bytes32(bytes_at(at));
    } else {
      writer->text16(field.kind == Field::Kind::text16 ? text_at(at) : text_of(bytes_at(at)));
    }
    return true;
  }

  ListedSpan write_count(const Field& field, std::byte* at) {
    const ListedSpan span = span_at(at);
    POSTERN_CHECK(span.count <=
                  (field.kind == Field::Kind::list8 ? std::size_t{UINT8_MAX} : UINT16_MAX));
    writer->u8(static_cast<std::uint8_t>(span.count));
    if (field.kind == Field::Kind::list16) {
      writer->u8(static_cast<std::uint8_t>(span.count >> 8));
    }
    return span;
  }

  bool read(const Field& field, std::byte* at) {
    if (field.kind == Field::Kind::number) {
      return read_number(field, at);
    }
    if (field.kind == Field::Kind::bytes32) {
      bytes_at(at) = reader->bytes32();
    } else if (field.kind == Field::Kind::bytes16) {
      bytes_at(at) = bytes_of(reader->text16());
    } else {
      text_at(at) = reader->text16();
      if (text_at(at).size() > field.limits.last) {
        reader->fail();
      }
    }
    return !reader->failed();
  }

  bool read_number(const Field& field, std::byte* at) {
    const Bytes value = reader->raw(field.size);
    if (value.empty()) {
      return false;
    }
    const auto byte = std::to_integer<std::uint8_t>(value[0]);
    if (field.size == 1 && (byte < field.limits.first || byte > field.limits.last)) {
      reader->fail();
      return false;
    }
    std::memcpy(at, value.data(), value.size());
    return true;
  }

  ListedSpan read_count(const Field& field, std::byte* at) {
    // A type's alignment divides its size, and is no more than that of a 64-bit number.
    const auto alignment = std::min<std::size_t>(
        alignof(std::uint64_t), field.limits.first & -std::uint32_t{field.limits.first});
    const std::size_t count =
        field.kind == Field::Kind::list8 ? reader->u8() : reader->count16(field.limits.last);
    const std::size_t room = arena == nullptr ? 0 : arena->bytes_left();
    if (count > field.limits.last) {
      reader->fail();
    } else if (room < alignment || count > (room - alignment) / field.limits.first) {
      has_room = false;
      reader->fail();
    }
    ListedSpan span;
    if (!reader->failed() && count != 0) {
      span.count = count;
      span.first = arena->make_zeros(count * field.limits.first, alignment);
      std::memcpy(at, &span, sizeof(span));
    }
    return span;
  }
};

/// Whether the arena had room.
bool transfer(std::span<const Field> fields, const void* record, Writer* writer, Reader* reader,
              Arena* arena) {
  Transfer visit{.writer = writer, .reader = reader, .arena = arena};
  walk_fields(fields, record, visit);
  return visit.has_room;
}

}  // namespace

void write_listed(std::span<const Field> fields, const void* record, Writer& writer) {
  static_cast<void>(transfer(fields, record, &writer, nullptr, nullptr));
}

bool read_listed(std::span<const Field> fields, Reader& reader, Arena& arena, void* record) {
  return transfer(fields, record, nullptr, &reader, &arena);
}

void read_listed_flat(std::span<const Field> fields, Reader& reader, void* record) {
  static_cast<void>(transfer(fields, record, nullptr, &reader, nullptr));
}

}  // namespace postern
