#pragma once

#include <string>

namespace postern::harness {

// What the command's exit says, told apart by whose fault it is. Part of the contract with scripts.

inline constexpr int exit_ok = 0;
inline constexpr int exit_expectation_failed = 1;
inline constexpr int exit_usage = 2;
inline constexpr int exit_unreadable = 3;          // A fixture, policy or other input.
inline constexpr int exit_target_unavailable = 4;  // A gate, origin or port.
inline constexpr int exit_harness_defect = 5;      // Ours, the module's included.
inline constexpr int exit_threshold_missed = 6;
inline constexpr int exit_interrupted = 130;

/// What the user asked for cannot be had; the message says why, and what to do.
struct Refused {
  int exit_code;
  std::string message;
};

}  // namespace postern::harness
