#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>

#include "harness/host/running_gate.h"

namespace postern::harness {

/// What `./dev up` writes about what it started.
inline constexpr const char* default_session_file = "build/dev/session.json";

struct SendOptions {
  std::string provider;
  /// Folder of provider files; empty for the embedded catalogue.
  std::string providers;
  std::string session_file = default_session_file;
  /// Over what the session says; empty: as the session says.
  GateSession session;
  std::string body_file;
  std::string event_type;
};

enum class SendKind : std::uint8_t {
  genuine,  // A new event, signed.
  forged,   // A new event, signed with a secret that the gate does not have.
  again,    // What was sent last, byte for byte.
};

/// `run_send` sends one delivery to a running gate and says what came of it. Gives the exit code.
[[nodiscard]] int run_send(const SendOptions& options, SendKind kind);

/// `register_send` adds `send` to `app`; when it is chosen, `exit_code` is set.
void register_send(CLI::App& app, int& exit_code);

}  // namespace postern::harness
