#include <cstdint>

#include "postern/abi/frames.h"
#include "postern/gate/machine.h"

// The export that only a module with a ledger has.

namespace postern::abi {

extern "C" {

__attribute__((export_name("postern_ledger"))) std::uint32_t postern_ledger(std::uint32_t length) {
  return answer(gate::ledger_call(frame_of(length), MutableBytes(output)));
}

}  // extern "C"

}  // namespace postern::abi
