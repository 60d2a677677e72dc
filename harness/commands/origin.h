#pragma once

#include <cstdint>
#include <string>

#include "harness/commands/command_line.h"

namespace postern::harness {

struct OriginOptions {
  std::string address = "127.0.0.1";
  std::uint16_t port = 8788;
  /// What it answers, one word per request, the last one for all that follow: a status, `hang`,
  /// `reset`, or a status with a delay such as `200@2s`.
  std::string answers = "200";
};

enum class Loudness : std::uint8_t { quiet, a_line_per_request };

/// `run_origin` serves until it is interrupted, and gives the exit code.
[[nodiscard]] int run_origin(const OriginOptions& options, Loudness loudness);

/// `register_origin` adds `origin` to `line`.
void register_origin(CommandLine& line);

}  // namespace postern::harness
