#include "scheme/der.h"

namespace postern::scheme {
namespace {

/// Content lengths here fit two bytes: certificates are below 64 KiB.
constexpr std::size_t length_bytes_max = 2;

std::uint8_t byte_at(Bytes bytes, std::size_t at) {
  return std::to_integer<std::uint8_t>(bytes[at]);
}

}  // namespace

std::optional<DerElement> DerReader::next() {
  const Bytes input = rest_;
  rest_ = {};
  if (input.size() < 2 || (byte_at(input, 0) & 0x1F) == 0x1F) {
    return std::nullopt;
  }
  std::size_t header = 2;
  std::size_t length = byte_at(input, 1);
  if (length >= 0x80) {
    const std::size_t count = length & 0x7F;
    if (count == 0 || count > length_bytes_max || input.size() < 2 + count) {
      return std::nullopt;
    }
    length = 0;
    for (std::size_t i = 0; i < count; ++i) {
      length = length << 8 | byte_at(input, 2 + i);
    }
    header += count;
    if (length < 0x80 || (count == 2 && length < 0x100)) {
      return std::nullopt;
    }
  }
  if (length > input.size() - header) {
    return std::nullopt;
  }
  rest_ = input.subspan(header + length);
  return DerElement{.tag = byte_at(input, 0),
                    .content = input.subspan(header, length),
                    .whole = input.first(header + length)};
}

std::optional<DerElement> DerReader::expect(std::uint8_t tag) {
  const auto element = next();
  if (!element.has_value() || element->tag != tag) {
    rest_ = {};
    return std::nullopt;
  }
  return element;
}

std::optional<Bytes> unsigned_integer(const DerElement& element) {
  const Bytes content = element.content;
  if (element.tag != der_integer || content.empty() || byte_at(content, 0) >= 0x80) {
    return std::nullopt;
  }
  if (byte_at(content, 0) != 0 || content.size() == 1) {
    return content;
  }
  return byte_at(content, 1) >= 0x80 ? std::optional(content.subspan(1)) : std::nullopt;
}

}  // namespace postern::scheme
