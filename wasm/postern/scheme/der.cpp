#include "postern/scheme/der.h"

namespace postern::scheme {
namespace {

/// Content lengths here fit two bytes: certificates are below 64 KiB.
constexpr std::size_t length_bytes_max = 2;

std::uint8_t byte_at(Bytes bytes, std::size_t at) {
  return std::to_integer<std::uint8_t>(bytes[at]);
}

}  // namespace

bool DerReader::next() {
  const Bytes input = rest_;
  *this = DerReader({});
  if (input.size() < 2 || (byte_at(input, 0) & 0x1F) == 0x1F) {
    return false;
  }
  std::size_t header = 2;
  std::size_t length = byte_at(input, 1);
  if (length >= 0x80) {
    const std::size_t count = length & 0x7F;
    if (count == 0 || count > length_bytes_max || input.size() < 2 + count) {
      return false;
    }
    length = 0;
    for (std::size_t i = 0; i < count; ++i) {
      length = length << 8 | byte_at(input, 2 + i);
    }
    header += count;
    if (length < 0x80 || (count == 2 && length < 0x100)) {
      return false;
    }
  }
  if (length > input.size() - header) {
    return false;
  }
  tag_ = byte_at(input, 0);
  whole_ = input.first(header + length);
  content_ = whole_.subspan(header);
  rest_ = input.subspan(header + length);
  return true;
}

bool DerReader::expect(std::uint8_t tag) {
  if (next() && tag_ == tag) {
    return true;
  }
  *this = DerReader({});
  return false;
}

DerReader DerReader::enter(std::uint8_t tag) {
  expect(tag);
  return DerReader(content_);
}

Bytes next_unsigned(DerReader& reader) {
  reader.expect(der_integer);
  const Bytes content = reader.content();
  if (content.empty() || byte_at(content, 0) >= 0x80) {
    return {};
  }
  if (byte_at(content, 0) != 0 || content.size() == 1) {
    return content;
  }
  return byte_at(content, 1) >= 0x80 ? content.subspan(1) : Bytes{};
}

}  // namespace postern::scheme
