#include "postern/base/arena.h"

#include <cstdint>
#include <cstring>

#include "postern/base/check.h"
#include "postern/base/work.h"

namespace postern {

std::string_view Arena::copy(std::string_view text) {
  if (text.empty()) {
    return {};
  }
  const MutableBytes room = make_bytes(text.size());
  std::memcpy(room.data(), text.data(), text.size());
  return text_of(room);
}

std::string_view Arena::join(std::span<const std::string_view> texts) {
  std::size_t size = 0;
  for (const std::string_view text : texts) {
    size += text.size();
  }
  POSTERN_WORK(size);
  const std::span<char> room = make_chars(size);
  char* at = room.data();
  for (const std::string_view text : texts) {
    if (!text.empty()) {
      std::memcpy(at, text.data(), text.size());
      at += text.size();
    }
  }
  return {room.data(), size};
}

void* Arena::take(std::size_t count, std::size_t size, std::size_t alignment) {
  if (count == 0) {
    return nullptr;
  }
  const auto address = reinterpret_cast<std::uintptr_t>(storage_.data()) + used_;
  const std::size_t padding = (alignment - address % alignment) % alignment;
  POSTERN_CHECK(padding <= bytes_left());
  POSTERN_CHECK(count <= (bytes_left() - padding) / size);
  std::byte* place = storage_.data() + used_ + padding;
  used_ += padding + count * size;
  return place;
}

void* Arena::make_copies(std::size_t count, const void* prototype, std::size_t size,
                         std::size_t alignment) {
  auto* first = static_cast<std::byte*>(take(count, size, alignment));
  for (std::size_t i = 0; i < count; ++i) {
    std::memcpy(first + i * size, prototype, size);
  }
  return first;
}

std::byte* Arena::make_zeros(std::size_t count, std::size_t alignment) {
  return static_cast<std::byte*>(std::memset(take(count, 1, alignment), 0, count));
}

}  // namespace postern
