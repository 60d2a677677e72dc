#include "postern/base/wire.h"

#include <cstring>

#include "postern/base/check.h"

// Out of line on purpose: frames have hundreds of fields, and inlined they would be a third of the
// module.

namespace postern {

Bytes Reader::raw(std::size_t count) {
  if (failed_ || count > input_.size() - position_) {
    failed_ = true;
    return {};
  }
  const Bytes bytes = input_.subspan(position_, count);
  position_ += count;
  return bytes;
}

std::string_view Reader::text16() { return text_of(raw(u16())); }

Bytes Reader::bytes32() { return raw(u32()); }

std::size_t Reader::count16(std::size_t most) {
  const std::size_t count = u16();
  if (count > most) {
    fail();
    return 0;
  }
  return count;
}

std::uint64_t Reader::integer(std::size_t count) {
  const Bytes bytes = raw(count);
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    value |= std::to_integer<std::uint64_t>(bytes[i]) << (8 * i);
  }
  return value;
}

void Writer::raw(Bytes bytes) {
  POSTERN_CHECK(bytes.size() <= room_.size() - position_);
  if (!bytes.empty()) {
    std::memcpy(room_.data() + position_, bytes.data(), bytes.size());
  }
  position_ += bytes.size();
}

void Writer::text16(std::string_view text) {
  POSTERN_CHECK(text.size() <= UINT16_MAX);
  u16(static_cast<std::uint16_t>(text.size()));
  raw(bytes_of(text));
}

void Writer::bytes32(Bytes bytes) {
  POSTERN_CHECK(bytes.size() <= UINT32_MAX);
  u32(static_cast<std::uint32_t>(bytes.size()));
  raw(bytes);
}

void Writer::integer(std::uint64_t value, std::size_t count) {
  POSTERN_CHECK(count <= room_.size() - position_);
  for (std::size_t i = 0; i < count; ++i) {
    room_[position_ + i] = static_cast<std::byte>(value >> (8 * i));
  }
  position_ += count;
}

}  // namespace postern
