#include "base/arena.h"

#include <cstdint>
#include <cstring>

#include "base/check.h"

namespace postern {

std::string_view Arena::copy(std::string_view text) {
  if (text.empty()) {
    return {};
  }
  const MutableBytes room = make_bytes(text.size());
  std::memcpy(room.data(), text.data(), text.size());
  return text_of(room);
}

void* Arena::take(std::size_t count, std::size_t size, std::size_t alignment) {
  const auto address = reinterpret_cast<std::uintptr_t>(storage_.data()) + used_;
  const std::size_t padding = (alignment - address % alignment) % alignment;
  POSTERN_CHECK(padding <= bytes_left());
  POSTERN_CHECK(count <= (bytes_left() - padding) / size);
  std::byte* place = storage_.data() + used_ + padding;
  used_ += padding + count * size;
  return place;
}

}  // namespace postern
