#include "embed/include/postern.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>
#include <optional>

#include "postern/base/bytes.h"
#include "postern/gate/machine.h"

// The module's exports (abi/exports.cpp) for whoever links the core: rooms come from malloc and may
// be missing, where the module's memory grows or traps.

namespace {

using postern::Bytes;
using postern::MutableBytes;
namespace gate = postern::gate;

/// Overwrites in a way that no optimizer leaves out.
void wipe(std::byte* bytes, std::size_t size) {
  if (size != 0) {
    std::memset(bytes, 0, size);
    asm volatile("" : : "r"(bytes) : "memory");
  }
}

/// Bytes that are wiped before they are given back.
class Room {
 public:
  Room() = default;
  Room(const Room&) = delete;
  Room& operator=(const Room&) = delete;
  ~Room() { drop(); }

  /// Makes it at least so large; what was in it is gone then. False: there is no memory, and the
  /// room is as it was.
  [[nodiscard]] bool reach(std::size_t size) {
    if (size <= size_) {
      return true;
    }
    auto* bytes = static_cast<std::byte*>(std::malloc(size));
    if (bytes == nullptr) {
      return false;
    }
    drop();
    bytes_ = bytes;
    size_ = size;
    return true;
  }

  [[nodiscard]] MutableBytes first(std::size_t size) { return {bytes_, size}; }

  void swap(Room& other) {
    std::swap(bytes_, other.bytes_);
    std::swap(size_, other.size_);
  }

 private:
  void drop() {
    wipe(bytes_, size_);
    std::free(bytes_);
    bytes_ = nullptr;
    size_ = 0;
  }

  std::byte* bytes_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace

struct postern_gate {
  /// The machine borrows texts of the policy from the frame.
  Room frame;
  Room configuration;
  Room call;
  std::optional<gate::Machine> machine;
  alignas(16) std::byte output[gate::output_bytes_max];
};

namespace {

postern_status give(Bytes bytes, postern_answer* answer) {
  if (bytes.empty()) {
    return POSTERN_MALFORMED;
  }
  *answer = {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()};
  return POSTERN_OK;
}

/// `begin` or `resume`.
template <class Call>
postern_status advance(postern_gate& self, const void* frame, std::size_t size,
                       postern_answer* answer, Call call) {
  *answer = {nullptr, 0};
  if (size > gate::frame_bytes_max) {
    return POSTERN_TOO_LARGE;
  }
  if (!self.machine.has_value()) {
    return POSTERN_MALFORMED;
  }
  const std::size_t bytes = gate::call_storage_bytes(size);
  if (!self.call.reach(bytes)) {
    return POSTERN_NO_MEMORY;
  }
  return give(call(*self.machine, Bytes(static_cast<const std::byte*>(frame), size),
                   self.call.first(bytes)),
              answer);
}

}  // namespace

extern "C" {

uint32_t postern_abi_version(void) { return gate::abi_version; }

size_t postern_frame_bytes_max(void) { return gate::frame_bytes_max; }

postern_gate* postern_gate_new(void) {
  void* place = std::malloc(sizeof(postern_gate));
  return place == nullptr ? nullptr : new (place) postern_gate;
}

void postern_gate_free(postern_gate* self) {
  if (self != nullptr) {
    self->~postern_gate();
    wipe(reinterpret_cast<std::byte*>(self), sizeof(postern_gate));
    std::free(self);
  }
}

postern_status postern_configure(postern_gate* self, const void* frame, size_t frame_size,
                                 postern_answer* answer) {
  *answer = {nullptr, 0};
  if (frame_size > gate::frame_bytes_max) {
    return POSTERN_TOO_LARGE;
  }
  // New rooms, so that the gate keeps what it has when there is no memory for both.
  const std::size_t bytes = gate::config_storage_bytes(frame_size);
  Room copy;
  Room configuration;
  if (!copy.reach(std::max<std::size_t>(frame_size, 1)) || !configuration.reach(bytes)) {
    return POSTERN_NO_MEMORY;
  }
  if (frame_size != 0) {
    std::memcpy(copy.first(frame_size).data(), frame, frame_size);
  }
  self->frame.swap(copy);
  self->configuration.swap(configuration);
  self->machine.emplace(self->configuration.first(bytes), MutableBytes(self->output));
  const postern_status status =
      give(self->machine->configure(self->frame.first(frame_size)), answer);
  if (status != POSTERN_OK) {
    self->machine.reset();
  }
  return status;
}

postern_status postern_begin(postern_gate* self, const void* frame, size_t frame_size,
                             postern_answer* answer) {
  return advance(*self, frame, frame_size, answer,
                 [](gate::Machine& machine, Bytes bytes, MutableBytes storage) {
                   return machine.begin(bytes, storage);
                 });
}

postern_status postern_resume(postern_gate* self, const void* frame, size_t frame_size,
                              postern_answer* answer) {
  return advance(*self, frame, frame_size, answer,
                 [](gate::Machine& machine, Bytes bytes, MutableBytes storage) {
                   return machine.resume(bytes, storage);
                 });
}

postern_status postern_ledger(postern_gate* self, const void* frame, size_t frame_size,
                              postern_answer* answer) {
  *answer = {nullptr, 0};
  if (frame_size > gate::frame_bytes_max) {
    return POSTERN_TOO_LARGE;
  }
  return give(gate::ledger_call(Bytes(static_cast<const std::byte*>(frame), frame_size),
                                MutableBytes(self->output)),
              answer);
}

}  // extern "C"
