#include <cstddef>
#include <cstdint>

#include "compiler/request.h"
#include "compiler/wasm/request_buffers.h"

// The exports of the compiler's module, and all of its state: the bytes of the request and of the
// answer. A host calls `_initialize` once; then, for each policy, it asks for room, writes a
// request there (compiler/request.h), runs it, and reads the answer. A trap is a defect, or memory
// that ran out: the instance is thrown away.

namespace postern::compiler {
namespace {

RequestBuffers& buffers() {
  static RequestBuffers all;
  return all;
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
  return buffers().make_room(length, request_bytes_max);
}

/// Runs the request that was written, and gives the answer's length; 0 when it was none. The
/// request, which may hold secrets, is wiped.
__attribute__((export_name("postern_compiler_run"))) std::uint32_t postern_compiler_run() {
  return buffers().run([](Bytes request) { return answer_request(request); });
}

__attribute__((export_name("postern_compiler_output"))) std::uint32_t postern_compiler_output() {
  return buffers().output();
}

}  // extern "C"

}  // namespace postern::compiler
