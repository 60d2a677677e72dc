#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <utility>

#include "postern/abi/frames.h"
#include "postern/base/bytes.h"
#include "postern/base/check.h"
#include "postern/gate/machine.h"

// The core's exports (docs/ABI.md) where there is a heap, which the compiler shares: rooms come
// from it, in place of the whole memory that the core's own module has to itself.

namespace postern::abi {
namespace {

/// Bytes of the heap that grow and never shrink.
class Room {
 public:
  Room() = default;
  Room(const Room&) = delete;
  Room& operator=(const Room&) = delete;
  ~Room() = default;

  /// `size` bytes, whose content is undefined where that is more than before. Traps when there is
  /// no memory. What was given before is gone.
  MutableBytes reach(std::size_t size) {
    if (size > size_ || bytes_ == nullptr) {
      std::free(bytes_);
      // A multiple of the alignment, as `aligned_alloc` wants it.
      size_ = (std::max<std::size_t>(size, 1) + alignment - 1) / alignment * alignment;
      bytes_ = static_cast<std::byte*>(std::aligned_alloc(alignment, size_));
      POSTERN_CHECK(bytes_ != nullptr);
    }
    return {bytes_, size};
  }

  void swap(Room& other) {
    std::swap(bytes_, other.bytes_);
    std::swap(size_, other.size_);
  }

 private:
  static constexpr std::size_t alignment = 16;

  std::byte* bytes_ = nullptr;
  std::size_t size_ = 0;
};

Room input;
MutableBytes input_room;  // Of the frame that the host writes, or has written.
Room configured_frame;    // The machine borrows texts of the policy from it.
Room configuration;
Room call;
std::optional<gate::Machine> machine;
const std::byte* output_begin = nullptr;  // Of the last answer.

std::uint32_t address_of(const std::byte* bytes) {
  return static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(bytes));
}

MutableBytes call_storage(std::uint32_t length) {
  return call.reach(gate::call_storage_bytes(length));
}

}  // namespace

alignas(16) std::byte output[gate::output_bytes_max];

Bytes frame_of(std::uint32_t length) {
  return length <= input_room.size() ? Bytes(input_room.first(length)) : Bytes{};
}

std::uint32_t answer(Bytes bytes) {
  output_begin = bytes.data();
  return static_cast<std::uint32_t>(bytes.size());
}

extern "C" {

std::uint32_t postern_abi_version() { return gate::abi_version; }

std::uint32_t postern_input(std::uint32_t length) {
  if (length > gate::frame_bytes_max) {
    return 0;
  }
  input_room = input.reach(length);
  return address_of(input_room.data());
}

std::uint32_t postern_output() { return address_of(output_begin); }

std::uint32_t postern_configure(std::uint32_t length) {
  const Bytes frame = frame_of(length);
  machine.reset();
  const MutableBytes storage = configuration.reach(gate::config_storage_bytes(frame.size()));
  machine.emplace(storage, MutableBytes(output));
  const Bytes answered = machine->configure(frame);
  configured_frame.swap(input);
  input_room = {};
  return answer(answered);
}

std::uint32_t postern_begin(std::uint32_t length) {
  return machine.has_value() ? answer(machine->begin(frame_of(length), call_storage(length))) : 0;
}

std::uint32_t postern_resume(std::uint32_t length) {
  return machine.has_value() ? answer(machine->resume(frame_of(length), call_storage(length))) : 0;
}

}  // extern "C"

}  // namespace postern::abi
