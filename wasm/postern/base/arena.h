#pragma once

#include <cstddef>
#include <new>
#include <span>
#include <string_view>
#include <type_traits>

#include "postern/base/bytes.h"

namespace postern {

/// A bump allocator over storage that somebody else owns. The core has no heap: what a call needs
/// comes from one arena that is emptied when the call returns. Running out is a fault of ours
/// (every input has a limit, and the arena is sized for their sum), so it traps.
class Arena {
 public:
  explicit Arena(MutableBytes storage) : storage_(storage) {}
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  /// `make_array` gives `count` value-initialised elements. Borrows: from the arena's storage.
  template <class T>
    requires std::is_trivially_destructible_v<T>
  [[nodiscard]] std::span<T> make_array(std::size_t count) {
    if constexpr (std::is_trivially_copyable_v<T>) {
      static constexpr T prototype{};
      const void* const bytes = static_cast<const void*>(&prototype);
      return {static_cast<T*>(make_copies(count, bytes, sizeof(T), alignof(T))), count};
    } else {
      T* first = static_cast<T*>(take(count, sizeof(T), alignof(T)));
      for (std::size_t i = 0; i < count; ++i) {
        new (first + i) T{};
      }
      return {first, count};
    }
  }

  /// `make_copies` is `make_array` for a caller that has the type as data: room for `count` copies
  /// of the `size` bytes at `prototype`. One loop for all element types.
  [[nodiscard]] void* make_copies(std::size_t count, const void* prototype, std::size_t size,
                                  std::size_t alignment);

  /// `make_zeros` gives `count` bytes that are zero, at least one, for records whose type the
  /// caller has as data.
  [[nodiscard]] std::byte* make_zeros(std::size_t count, std::size_t alignment);

  /// `make_room` gives `count` elements of undefined content: for long lists of which mostly a few
  /// are written, and none is read before.
  template <class T>
    requires std::is_trivially_copyable_v<T>
  [[nodiscard]] std::span<T> make_room(std::size_t count) {
    return {static_cast<T*>(take(count, sizeof(T), alignof(T))), count};
  }

  /// `make_bytes` gives `count` bytes of undefined content, for a callee to fill.
  [[nodiscard]] MutableBytes make_bytes(std::size_t count) {
    return {static_cast<std::byte*>(take(count, 1, 1)), count};
  }

  /// `make_chars` is `make_bytes` for a callee that writes text.
  [[nodiscard]] std::span<char> make_chars(std::size_t count) {
    return {static_cast<char*>(take(count, 1, 1)), count};
  }

  /// `copy` keeps `text` for as long as the arena.
  [[nodiscard]] std::string_view copy(std::string_view text);

  /// `join` keeps `texts` one behind the other.
  [[nodiscard]] std::string_view join(std::span<const std::string_view> texts);

  /// `reset` forgets everything; what was made before must not be used any more.
  void reset() { used_ = 0; }

  /// `rewind` forgets what was made since `bytes_used` was `used`.
  void rewind(std::size_t used) { used_ = used; }

  [[nodiscard]] std::size_t bytes_used() const { return used_; }
  [[nodiscard]] std::size_t bytes_left() const { return storage_.size() - used_; }

 private:
  void* take(std::size_t count, std::size_t size, std::size_t alignment);

  MutableBytes storage_;
  std::size_t used_ = 0;
};

}  // namespace postern
