#include "harness/portable/send_command.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "harness/portable/refusal.h"
#include "harness/portable/shown_delivery.h"

namespace postern::harness {
namespace {

using compiler::CommandOutput;
using compiler::Exit;
using OrderedJson = nlohmann::ordered_json;

constexpr std::array<std::string_view, 8> verdicts = {
    "forwarded", "duplicate", "busy", "refused", "handshake", "accepted", "unrouted", "failed"};

bool is_status(std::string_view word) {
  return word.size() == 3 && word >= "100" && word <= "599" &&
         word.find_first_not_of("0123456789") == std::string::npos;
}

/// What cannot be expected, and what would be ignored.
std::optional<std::string> wrong_option(const SendInput& input) {
  const bool is_verdict = std::ranges::find(verdicts, input.expected) != verdicts.end();
  if (!input.expected.empty() && !is_verdict && !is_status(input.expected)) {
    return fmt::format("--expect takes a status such as 401, or a verdict: {}.",
                       fmt::join(verdicts, ", "));
  }
  if (!input.to.empty() && !input.to.starts_with("http://") && !input.to.starts_with("https://")) {
    return fmt::format("--to wants an address such as http://127.0.0.1:3000/hooks, not {}.",
                       input.to);
  }
  // What says which receiver it is has a place in the lines that are shown next.
  for (const auto& [name, is_given] :
       {std::pair("--body", !input.body_file.empty()),
        std::pair("--event-type", !input.event_type.empty()),
        std::pair("--url", !input.url.empty()),
        std::pair("--secret-env", !input.secret.variable.empty()),
        std::pair("--secret-file", input.secret.file.has_value()),
        std::pair("--key-file", input.secret.key_file.has_value())}) {
    if (input.kind == SendKind::again && is_given) {
      return fmt::format("{} does nothing with --again, which sends the same bytes.", name);
    }
  }
  return std::nullopt;
}

/// The command line of this run, for another kind of it: what was given and still has an effect.
std::string command_for(const SendInput& input, SendKind kind) {
  std::string line = fmt::format("{} send {}", input.program, shell_quoted(input.provider));
  const auto add = [&line](std::string_view name, const std::string& value) {
    if (!value.empty()) {
      line += fmt::format(" {} {}", name, shell_quoted(value));
    }
  };
  const auto name_of = [](const std::optional<compiler::GivenFile>& file) {
    return file.has_value() ? file->name : std::string();
  };
  add("--to", input.to);
  add("--gate", input.session.gate);
  add("--records", input.session.records);
  add("--session", input.session_file);
  add("--providers", input.providers);
  add("--policy", input.session.policy);
  add("--settings", input.session.settings);
  if (kind == SendKind::again) {
    return line + " --again";
  }
  add("--secret-env", input.secret.variable);
  add("--secret-file", name_of(input.secret.file));
  add("--key-file", name_of(input.secret.key_file));
  add("--url", input.url);
  add("--event-type", input.event_type);
  if (input.body_file != "-" && input.body_file != "/dev/stdin") {
    add("--body", input.body_file);
  }
  return kind == SendKind::forged ? line + " --forge" : line;
}

std::string next_commands(const SendInput& input) {
  std::string text = "Next:\n";
  const auto next = [&](SendKind one, std::string_view what) {
    text += fmt::format("  {}   # {}\n", command_for(input, one), what);
  };
  switch (input.kind) {
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

/// A field of the gate's record that is text, else nothing.
std::string told_of(const OrderedJson& record, const char* name) {
  const auto found = record.find(name);
  return found != record.end() && found->is_string() ? found->get<std::string>() : "";
}

}  // namespace

std::expected<GateSession, CommandOutput> send_session(const SendInput& input) {
  if (const auto wrong = wrong_option(input)) {
    return std::unexpected(compiler::usage_output(*wrong));
  }
  GateSession session;
  if (input.to.empty() && input.session_text.has_value()) {
    if (!input.session_text->text.has_value()) {
      return unreadable(*input.session_text);
    }
    auto written = session_in(*input.session_text->text);
    if (!written.has_value()) {
      return refusal(Exit::unreadable,
                     fmt::format("{} is no session of ./dev up", input.session_text->name));
    }
    session = std::move(*written);
  }
  const auto override_with = [](std::string& value, const std::string& given) {
    if (!given.empty()) {
      value = given;
    }
  };
  override_with(session.gate, input.session.gate);
  override_with(session.policy, input.session.policy);
  override_with(session.settings, input.session.settings);
  override_with(session.records, input.session.records);
  const bool lacks_policy = session.policy.empty() && input.kind != SendKind::again;
  if (input.to.empty() && (session.gate.empty() || lacks_policy)) {
    return refusal(Exit::unavailable,
                   "No gate is known. Give --to and a secret for any receiver; --gate, --policy "
                   "and --settings for a gate; or start one with ./dev up.");
  }
  if (!input.expected.empty() && !is_status(input.expected) && session.records.empty()) {
    return std::unexpected(compiler::usage_output(
        "--expect with a verdict wants --records FILE: where the gate's log goes."));
  }
  return session;
}

CommandOutput sent_output(const SendInput& input, const GateSession& session,
                          const SendAnswer& answer) {
  const OrderedJson record = answer.record.has_value()
                                 ? OrderedJson::parse(*answer.record, nullptr, false)
                                 : OrderedJson::object();
  const std::string told = told_of(record, "verdict");
  const std::string reason = told_of(record, "reason");
  const std::string verdict = told.empty() ? "answered" : told;
  CommandOutput output{
      .out = fmt::format("{}: {}{}, status {}, {} ms\n", input.provider, verdict,
                         reason.empty() || reason == "none" ? "" : " (" + reason + ")",
                         answer.status, answer.milliseconds),
      .err = "",
      .exit = Exit::ok};
  if (!input.expected.empty()) {
    if (input.expected != std::to_string(answer.status) && input.expected != verdict) {
      output.err = fmt::format("Expected {}.\n", input.expected);
      output.exit = Exit::expectation_failed;
    }
    return output;
  }
  const bool is_over =
      input.kind != SendKind::forged && (answer.status < 200 || answer.status > 299);
  // The secret of an address is typed each time, and was not for the same bytes.
  const bool is_known = input.to.empty() ? !session.policy.empty() : input.kind != SendKind::again;
  if (!is_over && is_known) {
    output.out += next_commands(input);
  }
  return output;
}

}  // namespace postern::harness
