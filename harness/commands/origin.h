#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>

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

/// `register_origin` adds `origin` to `app`; when it is chosen, `exit_code` is set.
void register_origin(CLI::App& app, int& exit_code);

}  // namespace postern::harness
