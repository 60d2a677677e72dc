#include <cstddef>
#include <cstdint>

#include "compiler/wasm/request_buffers.h"
#include "harness/portable/harness_request.h"
#include "harness/wasm/imported_host.h"

// The exports of the harness's module, and all of its state: the bytes of the request and of the
// answer. A host gives it what it imports (cryptography.cpp, imported_host.cpp) and calls
// `_initialize` once; then it asks for room, writes a request there
// (harness/portable/harness_request.h), runs it, and reads the answer. A trap is a defect, or
// memory that ran out: the instance is thrown away.

namespace postern::harness {
namespace {

compiler::RequestBuffers& buffers() {
  static compiler::RequestBuffers all;
  return all;
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
  return buffers().make_room(length, harness_request_bytes_max);
}

/// Runs the request that was written, and gives the answer's length; 0 when it was none. The
/// request, which may hold secrets, is wiped.
__attribute__((export_name("postern_harness_run"))) std::uint32_t postern_harness_run() {
  return buffers().run([](Bytes request) { return answer_request(request, imported_host()); });
}

__attribute__((export_name("postern_harness_output"))) std::uint32_t postern_harness_output() {
  return buffers().output();
}

}  // extern "C"

}  // namespace postern::harness
