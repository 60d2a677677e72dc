#pragma once

#include <cstdint>
#include <string>

#include "harness/commands/command_line.h"
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
  /// A status or a verdict that the answer has to have; empty for any.
  std::string expected;
};

enum class SendKind : std::uint8_t {
  genuine,  // A new event, signed.
  forged,   // A new event, signed with a secret that the gate does not have.
  again,    // What was sent last, byte for byte.
};

/// `run_send` sends one delivery to a running gate and says what came of it. Gives the exit code.
[[nodiscard]] int run_send(const SendOptions& options, SendKind kind);

/// `next_commands` says what can be tried after a delivery of that kind: lines for the shell, with
/// what was given this time and still has an effect.
[[nodiscard]] std::string next_commands(const SendOptions& options, SendKind kind);

/// `register_send` adds `send` to `line`.
void register_send(CommandLine& line);

}  // namespace postern::harness
