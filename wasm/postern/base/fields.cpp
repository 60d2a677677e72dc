#include "postern/base/fields.h"

#include <bit>
#include <cstring>

namespace postern {

// A number's bytes in memory are its bytes on the wire.
static_assert(std::endian::native == std::endian::little);

void write_listed(std::span<const Field> fields, const void* record, Writer& writer) {
  for (const Field& field : fields) {
    const std::byte* at = static_cast<const std::byte*>(record) + field.offset;
    if (field.bytes == Field::text) {
      writer.text16(*reinterpret_cast<const std::string_view*>(at));
    } else {
      writer.raw({at, field.bytes});
    }
  }
}

void read_listed(std::span<const Field> fields, Reader& reader, void* record) {
  for (const Field& field : fields) {
    std::byte* at = static_cast<std::byte*>(record) + field.offset;
    if (field.bytes == Field::text) {
      *reinterpret_cast<std::string_view*>(at) = reader.text16();
      continue;
    }
    const Bytes value = reader.raw(field.bytes);
    if (value.empty()) {
      return;
    }
    const auto number = std::to_integer<std::uint8_t>(value[0]);
    if (field.bytes == 1 && (number < field.first || number > field.last)) {
      reader.fail();
      return;
    }
    std::memcpy(at, value.data(), value.size());
  }
}

}  // namespace postern
