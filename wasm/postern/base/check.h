#pragma once

// Our own faults trap, in release builds too: a gate that has lost its footing must not decide.
// The host answers 503 to a trap and drops the instance, so every failed check fails closed.

namespace postern {

[[noreturn]] inline void trap() { __builtin_trap(); }

}  // namespace postern

/// `POSTERN_CHECK` traps unless `condition` holds. For mistakes of ours, never for bad input.
#define POSTERN_CHECK(condition)   \
  do {                             \
    if (!(condition)) [[unlikely]] \
      ::postern::trap();           \
  } while (false)
