#pragma once

// What the core does for a delivery, in bytes that it hashes, parses, compares or copies. Counted
// in one test only, which holds forgeries to what a genuine delivery costs; nothing is counted in
// the module.

#ifdef POSTERN_COUNT_WORK

#include <cstdint>

namespace postern {

inline std::uint64_t work_bytes = 0;

}  // namespace postern

#define POSTERN_WORK(bytes) (::postern::work_bytes += (bytes))

#else

#define POSTERN_WORK(bytes) static_cast<void>(bytes)

#endif
