#include <fmt/format.h>

#include <cerrno>  // `program_invocation_name`, of glibc.

#include "harness/commands/send.h"
#include "harness/portable/shown_delivery.h"

namespace postern::harness {
namespace {

/// The command line of this run, for another kind of it: what was given and still has an effect.
std::string command_for(const SendOptions& options, SendKind kind) {
  std::string line = fmt::format("{} send {}", shell_quoted(program_invocation_name),
                                 shell_quoted(options.provider));
  const auto add = [&line](std::string_view name, const std::string& value) {
    if (!value.empty()) {
      line += fmt::format(" {} {}", name, shell_quoted(value));
    }
  };
  add("--gate", options.session.gate);
  add("--records", options.session.records);
  if (options.session_file != default_session_file) {
    add("--session", options.session_file);
  }
  add("--providers", options.providers);
  add("--policy", options.session.policy);
  add("--settings", options.session.settings);
  if (kind == SendKind::again) {
    return line + " --again";
  }
  add("--event-type", options.event_type);
  if (options.body_file != "-" && options.body_file != "/dev/stdin") {
    add("--body", options.body_file);
  }
  return kind == SendKind::forged ? line + " --forge" : line;
}

}  // namespace

std::string next_commands(const SendOptions& options, SendKind kind) {
  std::string text = "Next:\n";
  const auto next = [&](SendKind one, std::string_view what) {
    text += fmt::format("  {}   # {}\n", command_for(options, one), what);
  };
  switch (kind) {
    case SendKind::genuine:
      next(SendKind::again, "the same bytes: a duplicate");
      next(SendKind::forged, "another secret: refused");
      break;
    case SendKind::forged:
      next(SendKind::genuine, "a genuine one");
      break;
    case SendKind::again:
      next(SendKind::genuine, "another event");
      break;
  }
  return text;
}

}  // namespace postern::harness
