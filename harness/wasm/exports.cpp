#include <cstddef>
#include <cstdint>
#include <vector>

#include "harness/portable/harness_request.h"
#include "harness/wasm/imported_host.h"

// The exports of the harness's module, and all of its state: the bytes of the request and of the
// answer. A host gives it what it imports (cryptography.cpp, imported_host.cpp) and calls
// `_initialize` once; then it asks for room, writes a request there
// (harness/portable/harness_request.h), runs it, and reads the answer. A trap is a defect, or
// memory that ran out: the instance is thrown away.

namespace postern::harness {
namespace {

std::vector<std::byte>& input() {
  static std::vector<std::byte> bytes;
  return bytes;
}

std::vector<std::byte>& output() {
  static std::vector<std::byte> bytes;
  return bytes;
}

std::uint32_t address_of(const std::vector<std::byte>& bytes) {
  return static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(bytes.data()));
}

}  // namespace

extern "C" {

__attribute__((export_name("postern_harness_version"))) std::uint32_t postern_harness_version() {
  return harness_request_version;
}

/// Room for a request of `length` bytes, as an address; 0 for more than
/// `harness_request_bytes_max`, and for none.
__attribute__((export_name("postern_harness_input"))) std::uint32_t postern_harness_input(
    std::uint32_t length) {
  input().assign(length <= harness_request_bytes_max ? length : 0, std::byte{});
  return input().empty() ? 0 : address_of(input());
}

/// Runs the request that was written, and gives the answer's length; 0 when it was none. The
/// request, which may hold secrets, is wiped.
__attribute__((export_name("postern_harness_run"))) std::uint32_t postern_harness_run() {
  output() = answer_request(input(), imported_host()).value_or(std::vector<std::byte>{});
  input().assign(input().size(), std::byte{});
  return static_cast<std::uint32_t>(output().size());
}

__attribute__((export_name("postern_harness_output"))) std::uint32_t postern_harness_output() {
  return address_of(output());
}

}  // extern "C"

}  // namespace postern::harness
