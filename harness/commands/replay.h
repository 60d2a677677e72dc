#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "harness/commands/command_line.h"

namespace postern::harness {

struct ReplayOptions {
  std::vector<std::string> paths;
  std::string filter;
  /// Folder of provider files; empty for the embedded catalogue.
  std::string providers;
  /// `native`, `wasm`, or the address of a running gate.
  std::string engine = "native";
  /// `text`, `junit=FILE`, `json=FILE`, `tap=FILE`; FILE `-` is standard output.
  std::vector<std::string> reports;
  /// Where the plan for the edge's conformance test goes; empty for none.
  std::string plan;
  /// For a running gate: see `GateSession`.
  std::string settings;
  std::string policy;
  std::string origin;
  std::string records;
};

enum class Comparison : std::uint8_t { none, native_with_wasm };
enum class ReplayLayout : std::uint8_t { lines, table };

enum class CasesUse : std::uint8_t { replay, list };

/// `run_replay` replays fixtures and what is derived from them, or lists them, prints what came of
/// it, and gives the exit code.
[[nodiscard]] int run_replay(const ReplayOptions& options, Comparison comparison,
                             ReplayLayout layout, CasesUse use);

/// `register_replay` adds `replay` to `line`.
void register_replay(CommandLine& line);

}  // namespace postern::harness
