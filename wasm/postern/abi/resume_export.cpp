#include <cstdint>

#include "postern/abi/frames.h"

// The export of a module that asks its host for something.

namespace postern::abi {

extern "C" {

__attribute__((export_name("postern_resume"))) std::uint32_t postern_resume(std::uint32_t length) {
  return resume(length);
}

}  // extern "C"

}  // namespace postern::abi
