#include "postern/gate/header_list.h"

#include <cstdint>

namespace postern::gate {

std::span<const http::Header> read_headers(Reader& reader, std::size_t most, Arena& arena) {
  const std::span<http::Header> headers = arena.make_array<http::Header>(reader.count16(most));
  for (http::Header& header : headers) {
    header.name = reader.text16();
    header.value = reader.text16();
  }
  return headers;
}

void write_headers(std::span<const http::Header> headers, Writer& writer) {
  writer.u16(static_cast<std::uint16_t>(headers.size()));
  for (const http::Header& header : headers) {
    writer.text16(header.name);
    writer.text16(header.value);
  }
}

}  // namespace postern::gate
