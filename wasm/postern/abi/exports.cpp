#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "postern/abi/frames.h"
#include "postern/base/bytes.h"
#include "postern/base/check.h"
#include "postern/edition/edition.h"
#include "postern/gate/machine.h"

// The module's exports (docs/ABI.md) and its memory. There is no heap: behind the module's own data
// lie the configuration, which stays, then the room for one frame, then the storage of one call.

extern "C" std::byte __heap_base;  // NOLINT: the linker's name for the end of the module's data.

namespace postern::abi {
namespace {

constexpr std::size_t page_bytes = std::size_t{64} << 10;

/// What module.cmake lets the memory grow to, and what lies in it besides configuration and call:
/// stack, data, and the frame that brought the configuration. The largest of everything fits.
constexpr std::size_t memory_bytes_max = std::size_t{64} << 20;
constexpr std::size_t other_bytes_max = std::size_t{2} << 20;
static_assert(other_bytes_max + gate::config_bytes_max + gate::frame_bytes_max +
                  gate::call_storage_bytes(gate::frame_bytes_max) <=
              memory_bytes_max);

std::size_t config_end = 0;   // Address behind the configuration; 0 before the first one.
std::size_t input_begin = 0;  // Address of the frame's room.
std::size_t input_bytes = 0;  // Its size.
const std::byte* output_begin = nullptr;  // Of the last answer.

// Holds references only, and is made anew for each configuration: no constructor runs at start.
std::optional<gate::Machine> machine;

std::size_t aligned(std::size_t address) { return (address + 15) & ~std::size_t{15}; }

std::byte* at(std::size_t address) { return reinterpret_cast<std::byte*>(address); }

std::size_t heap_begin() { return aligned(reinterpret_cast<std::size_t>(&__heap_base)); }

/// Makes the memory reach to `address`; traps when the host has no more.
void reach(std::size_t address) {
  const std::size_t have = __builtin_wasm_memory_size(0) * page_bytes;
  if (address > have) {
    const std::size_t pages = (address - have + page_bytes - 1) / page_bytes;
    POSTERN_CHECK(__builtin_wasm_memory_grow(0, pages) != SIZE_MAX);
  }
}

MutableBytes call_storage(std::uint32_t length) {
  const std::size_t begin = aligned(input_begin + input_bytes);
  const std::size_t bytes = gate::call_storage_bytes(length);
  reach(begin + bytes);
  return {at(begin), bytes};
}

}  // namespace

alignas(16) std::byte output[gate::output_bytes_max];

Bytes frame_of(std::uint32_t length) {
  return length <= input_bytes ? Bytes(at(input_begin), length) : Bytes{};
}

std::uint32_t answer(Bytes bytes) {
  output_begin = bytes.data();
  return static_cast<std::uint32_t>(bytes.size());
}

std::uint32_t resume(std::uint32_t length) {
  return machine.has_value() ? answer(machine->resume(frame_of(length), call_storage(length))) : 0;
}

extern "C" {

__attribute__((export_name("postern_abi_version"))) std::uint32_t postern_abi_version() {
  return gate::abi_version;
}

__attribute__((export_name("postern_features"))) std::uint32_t postern_features() {
  return edition_features;
}

__attribute__((export_name("postern_input"))) std::uint32_t postern_input(std::uint32_t length) {
  if (length > gate::frame_bytes_max) {
    return 0;
  }
  input_begin = aligned(config_end == 0 ? heap_begin() : config_end);
  input_bytes = length;
  reach(input_begin + length);
  return static_cast<std::uint32_t>(input_begin);
}

__attribute__((export_name("postern_output"))) std::uint32_t postern_output() {
  return static_cast<std::uint32_t>(reinterpret_cast<std::size_t>(output_begin));
}

__attribute__((export_name("postern_configure"))) std::uint32_t postern_configure(
    std::uint32_t length) {
  const Bytes frame = frame_of(length);
  const std::size_t begin = aligned(input_begin + input_bytes);
  const std::size_t bytes = gate::config_storage_bytes(frame.size());
  reach(begin + bytes);
  machine.emplace(MutableBytes(at(begin), bytes), MutableBytes(output));
  const Bytes answered = machine->configure(frame);
  config_end = begin + machine->config_bytes_used();
  input_bytes = 0;
  return answer(answered);
}

__attribute__((export_name("postern_begin"))) std::uint32_t postern_begin(std::uint32_t length) {
  return machine.has_value() ? answer(machine->begin(frame_of(length), call_storage(length))) : 0;
}

}  // extern "C"

}  // namespace postern::abi
