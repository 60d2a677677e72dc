#pragma once

#include <cstdint>

// Numbers of the ledger as docs/ABI.md has them. The simulator reads them from there and not from
// the core, whose mistakes it is to see.

namespace postern::harness::simulate::said {

/// `Answer`: what the store was told to say.
enum Answer : std::uint64_t {
  granted = 1,
  busy = 2,
  duplicate = 3,
  done = 4,
  ignored = 5,
  accepted = 6,
  elsewhere = 7,
  limited = 8,
};

/// `Keep`: what it was told to keep of the row.
enum Keep : std::uint8_t { unchanged = 0, durable = 2 };

}  // namespace postern::harness::simulate::said
