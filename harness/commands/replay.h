#pragma once

#include "harness/commands/command_line.h"
#include "harness/portable/replay_run.h"

namespace postern::harness {

/// `run_replay` replays fixtures and what is derived from them, or lists them, prints what came of
/// it, and gives the exit code. `providers` is a folder of provider files; empty for the embedded
/// catalogue. Throws `UsageError`.
[[nodiscard]] int run_replay(const ReplayOptions& options, const std::string& providers);

/// `register_replay` adds `replay` to `line`.
void register_replay(CommandLine& line);

}  // namespace postern::harness
