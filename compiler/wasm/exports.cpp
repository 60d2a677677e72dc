#include <cstddef>
#include <cstdint>
#include <vector>

#include "compiler/request.h"

// The exports of the compiler's module, and all of its state: the bytes of the request and of the
// answer. A host calls `_initialize` once; then, for each policy, it asks for room, writes a
// request there (compiler/request.h), runs it, and reads the answer. A trap is a defect, or memory
// that ran out: the instance is thrown away.

namespace postern::compiler {
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

__attribute__((export_name("postern_compiler_version"))) std::uint32_t postern_compiler_version() {
  return request_version;
}

/// Room for a request of `length` bytes, as an address; 0 for more than `request_bytes_max`, and
/// for none.
__attribute__((export_name("postern_compiler_input"))) std::uint32_t postern_compiler_input(
    std::uint32_t length) {
  input().assign(length <= request_bytes_max ? length : 0, std::byte{});
  return input().empty() ? 0 : address_of(input());
}

/// Runs the request that was written, and gives the answer's length; 0 when it was none. The
/// request, which may hold secrets, is wiped.
__attribute__((export_name("postern_compiler_run"))) std::uint32_t postern_compiler_run() {
  output() = answer_request(input()).value_or(std::vector<std::byte>{});
  input().assign(input().size(), std::byte{});
  return static_cast<std::uint32_t>(output().size());
}

__attribute__((export_name("postern_compiler_output"))) std::uint32_t postern_compiler_output() {
  return address_of(output());
}

}  // extern "C"

}  // namespace postern::compiler
