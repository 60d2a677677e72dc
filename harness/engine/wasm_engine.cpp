#include <cstdint>
#include <cstring>

#include "harness/engine/engine.h"
#include "postern.h"

namespace postern::harness {
namespace {

/// One call into the module. It goes through `wasm_rt_try`, so it holds no object with a
/// destructor.
struct Call {
  using Export = u32 (*)(w2c_postern*, u32);
  w2c_postern* instance;
  Export function;
  const char* frame;
  std::size_t frame_bytes;
  u32 answer_bytes;
  u32 answer_at;
};

void enter(void* context) {
  Call& call = *static_cast<Call*>(context);
  call.answer_bytes = 0;
  call.answer_at = 0;
  const u32 room = w2c_postern_postern_input(call.instance, static_cast<u32>(call.frame_bytes));
  if (room == 0) {
    return;
  }
  const wasm_rt_memory_t* memory = w2c_postern_memory(call.instance);
  if (call.frame_bytes > memory->size || room > memory->size - call.frame_bytes) {
    wasm_rt_trap(WASM_RT_TRAP_OOB);
  }
  std::memcpy(memory->data + room, call.frame, call.frame_bytes);
  call.answer_bytes = call.function(call.instance, static_cast<u32>(call.frame_bytes));
  call.answer_at = w2c_postern_postern_output(call.instance);
}

void initialize(void* context) { w2c_postern_0x5Finitialize(static_cast<w2c_postern*>(context)); }

class WasmEngine final : public Engine {
 public:
  WasmEngine() {
    wasm2c_postern_instantiate(&instance_);
    const wasm_rt_trap_t trap = wasm_rt_try(initialize, &instance_);
    if (trap != WASM_RT_TRAP_NONE) {
      wasm2c_postern_free(&instance_);
      throw EngineTrapped(wasm_rt_trap_name(trap));
    }
  }

  ~WasmEngine() override { wasm2c_postern_free(&instance_); }

  std::string_view name() const override { return "wasm"; }

  std::string configure(std::string_view frame) override {
    return call(w2c_postern_postern_configure, frame);
  }
  std::string begin(std::string_view frame) override {
    return call(w2c_postern_postern_begin, frame);
  }
  std::string resume(std::string_view frame) override {
    return call(w2c_postern_postern_resume, frame);
  }
  std::string ledger(std::string_view frame) override {
    return call(w2c_postern_postern_ledger, frame);
  }

 private:
  std::string call(Call::Export function, std::string_view frame) {
    if (frame.size() > UINT32_MAX) {
      return {};
    }
    Call call{&instance_, function, frame.data(), frame.size(), 0, 0};
    const wasm_rt_trap_t trap = wasm_rt_try(enter, &call);
    if (trap != WASM_RT_TRAP_NONE) {
      throw EngineTrapped(wasm_rt_trap_name(trap));
    }
    const wasm_rt_memory_t* memory = w2c_postern_memory(&instance_);
    if (call.answer_bytes > memory->size || call.answer_at > memory->size - call.answer_bytes) {
      throw EngineTrapped("an answer outside of the memory");
    }
    return {reinterpret_cast<const char*>(memory->data) + call.answer_at, call.answer_bytes};
  }

  w2c_postern instance_{};
};

}  // namespace

std::unique_ptr<Engine> make_wasm_engine() { return std::make_unique<WasmEngine>(); }

}  // namespace postern::harness
