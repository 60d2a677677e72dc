#pragma once

#include <cstdint>
#include <string>

#include "harness/commands/command_line.h"

namespace postern::harness {

struct SimulateOptions {
  std::uint64_t seed = 1;
  std::uint64_t count = 1000;
  unsigned jobs = 0;  // 0: one per processor.
  std::string engine = "native";
  std::string report;  // A JSON file, `-` for standard output. Empty: none.
};

/// Whether the log of a schedule that keeps all promises is shown too.
enum class Show : std::uint8_t { failures, timelines };

/// `run_simulate` runs schedules of the real core in a simulated world. Gives the exit code.
[[nodiscard]] int run_simulate(const SimulateOptions& options, Show show);

struct ExhaustiveOptions {
  unsigned deliveries = 3;      // 1 to 4.
  unsigned faults = 3;          // At most this many.
  std::string scope = "proxy";  // steady, restarts, pauses, or all three; or queue.
  std::string engine = "native";
};

/// `run_exhaustive` walks through every interleaving in a small scope. Gives the exit code.
[[nodiscard]] int run_exhaustive(const ExhaustiveOptions& options);

/// `register_simulate` adds `simulate` to `line`.
void register_simulate(CommandLine& line);

}  // namespace postern::harness
