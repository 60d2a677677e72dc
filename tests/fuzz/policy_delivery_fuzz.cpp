#include <cstdint>
#include <string_view>

#include "fuzz/deep_play.h"
#include "harness/engine/engine.h"

// Any legal policy, any delivery: no trap, no frame that is refused. tests/property/limits_test.cpp
// plays the same on the module.

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const postern::fuzz::DeepPlay play({reinterpret_cast<const char*>(data), size});
  if (play.is_legal()) {
    const auto engine = postern::harness::make_native_engine();
    static_cast<void>(play.play(*engine));
  }
  return 0;
}
