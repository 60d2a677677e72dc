#include "harness/commands/send.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>  // `program_invocation_name`, of glibc.
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>

#include "harness/commands/policy_files.h"
#include "harness/fixture/fixture.h"
#include "harness/host/gate_log.h"
#include "harness/host/http_client.h"
#include "harness/host/read_file.h"
#include "harness/portable/shown_delivery.h"

namespace postern::harness {
namespace {

namespace fs = std::filesystem;

/// The texts that a `SendInput` borrows.
struct SendFiles {
  std::optional<FileText> body;
  std::optional<FileText> session;
  std::optional<FileText> policy;
  std::optional<FileText> settings;
  std::optional<std::string> json;
  std::optional<std::string> form;
  std::optional<std::string> event;
  std::optional<std::string> last;
};

/// Where deliveries are remembered: beside the session, or, where there is none, in a folder of the
/// user's. Nothing for a user without a home.
std::optional<fs::path> last_folder(const std::string& session_file) {
  std::error_code unknown;
  const fs::path beside = fs::path(session_file).parent_path();
  if (fs::is_directory(beside, unknown)) {
    return beside;
  }
  const char* cache = std::getenv("XDG_CACHE_HOME");
  if (cache != nullptr && *cache == '/') {
    return fs::path(cache) / "postern";
  }
  const char* home = std::getenv("HOME");
  return home == nullptr || *home == '\0' ? std::nullopt
                                          : std::optional(fs::path(home) / ".cache" / "postern");
}

std::string last_name(const std::string& provider) { return "last-" + provider + ".json"; }

/// A header may hold a token, so the file is the user's alone.
void remember(const SendOptions& options, const Delivery& delivery) {
  const auto folder = last_folder(options.session_file);
  std::error_code unknown;
  if (!folder.has_value() ||
      (!fs::is_directory(*folder, unknown) && !fs::create_directories(*folder, unknown))) {
    return;
  }
  const fs::path file = *folder / last_name(options.input.provider);
  std::ofstream stream(file);
  fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write, unknown);
  stream << remembered_text(delivery);
}

std::optional<std::string> read_last(const SendOptions& options) {
  const auto folder = last_folder(options.session_file);
  return folder.has_value() ? read_whole((*folder / last_name(options.input.provider)).string(),
                                         attached_bytes_max)
                                  .text
                            : std::nullopt;
}

/// `fixtures/PROVIDER/sample.json`, or `sample.form` for senders of forms; beside either one,
/// `sample.event` has the event's name for those that put it into a header.
std::optional<std::string> read_sample(const std::string& provider, const char* name) {
  return read_whole((fs::path("fixtures") / provider / name).string(), fixture_bytes_max).text;
}

/// What can be read before the session is known.
SendInput read_input(const SendOptions& options, const ReadSecret& secret, SendFiles& files) {
  SendInput input = options.input;
  input.program = shell_quoted(program_invocation_name);
  input.providers = options.providers;
  input.secret = secret.input();
  files.body = read_named(input.body_file, attached_bytes_max);
  input.body = given_or_none(input.body_file, files.body);
  files.json = read_sample(input.provider, "sample.json");
  files.form = read_sample(input.provider, "sample.form");
  files.event = read_sample(input.provider, "sample.event");
  input.sample = {.json = files.json, .form = files.form, .event = files.event};
  std::error_code unknown;
  if (fs::exists(options.session_file, unknown)) {
    files.session = read_named(options.session_file, file_bytes_max);
    input.session_text = given_or_none(options.session_file, files.session);
  }
  if (options.session_file != default_session_file) {
    input.session_file = options.session_file;
  }
  if (input.kind == SendKind::again) {
    files.last = read_last(options);
    input.last = files.last;
  }
  input.now_ms = std::chrono::duration_cast<std::chrono::milliseconds>(
                     std::chrono::system_clock::now().time_since_epoch())
                     .count();
  return input;
}

/// Sends it, and says what came of it.
int send_outgoing(const SendOptions& options, const SendInput& input, const GateSession& session,
                  const Outgoing& made) {
  const GateLog log(session.records);
  const HttpResponse answer = send_http({.method = "POST",
                                         .url = made.url,
                                         .headers = made.delivery.headers,
                                         .body = made.delivery.body});
  if (input.kind == SendKind::genuine) {
    remember(options, made.delivery);
  }
  const std::optional<std::string> record = log.record_of(answer, record_wait_ms);
  return print_output(
      sent_output(input, session,
                  {.status = answer.status,
                   .milliseconds = static_cast<std::uint32_t>(std::lround(answer.seconds * 1000)),
                   .record = record}));
}

}  // namespace

int run_send(const SendOptions& options) {
  compiler::Report report;
  compiler::Catalogue catalogue = open_catalogue(options.providers, report);
  const ReadSecret secret(options.secret);
  SendFiles files;
  SendInput input = read_input(options, secret, files);
  const auto session = send_session(input);
  if (!session.has_value()) {
    return print_output(session.error());
  }
  files.policy = read_named(session->policy, file_bytes_max);
  input.policy = given_or_none(session->policy, files.policy);
  files.settings = read_named(session->settings, file_bytes_max);
  input.settings = given_or_none(session->settings, files.settings);
  const auto made = outgoing(input, *session, catalogue, report, colour_for(STDERR_FILENO));
  if (!made.has_value()) {
    return print_output(made.error());
  }
  try {
    return send_outgoing(options, input, *session, *made);
  } catch (const GateFilesUnreadable& fault) {
    fmt::print(stderr, "{}\n", fault.what());
    return exit_unreadable;
  } catch (const Unreachable& fault) {
    fmt::print(stderr, "{}\n", fault.what());
    return exit_target_unavailable;
  }
}

void register_send(CommandLine& line) {
  Command& command = line.add("send", Group::everyday, "Send a signed delivery to a receiver");
  auto options = std::make_shared<SendOptions>();
  auto forge = std::make_shared<bool>(false);
  auto again = std::make_shared<bool>(false);
  SendInput& input = options->input;
  command.word("PROVIDER", "one of `postern providers`; of a gate, also a source's name",
               Need::required, input.provider);
  add_providers_option(command, options->providers);
  command.flag("--forge", "Sign with a secret that the receiver does not have", *forge);
  command.flag("--again", "Send the last one again, byte for byte", *again);
  command.text("--body", "FILE", "The body; - is standard input (a sample)", input.body_file);
  command.text("--event-type", "TYPE",
               "The event's type, where the provider has it: in a header or the JSON body",
               input.event_type);
  command.text("--to", "URL", "Send it to this address, of any receiver", input.to);
  add_secret_options(command, options->secret);
  command.text("--url", "URL", "The configured address, for schemes that sign it (that of --to)",
               input.url);
  command.text("--gate", "URL",
               "Send it to the gate there, as its policy and settings say (from ./dev up)",
               input.session.gate);
  command.text("--policy", "FILE", "The gate's postern.toml (from ./dev up)", input.session.policy);
  command.text("--settings", "FILE", "The gate's secrets, NAME=VALUE lines (from ./dev up)",
               input.session.settings);
  command.text("--records", "FILE", "File that the gate's log goes to", input.session.records);
  command.text("--session", "FILE", "What ./dev up wrote", options->session_file);
  command.text("--expect", "STATUS|VERDICT",
               "End with 1 for another answer, such as 401 or duplicate", input.expected);
  command.excludes("--again", "--forge");
  for (const char* of_a_gate : {"--gate", "--policy", "--settings", "--session"}) {
    command.excludes("--to", of_a_gate);
  }
  for (const char* of_an_address : {"--secret-env", "--secret-file", "--key-file", "--url"}) {
    command.needs(of_an_address, "--to");
  }
  command.example(
      "postern send stripe --to http://127.0.0.1:3000/hooks/stripe --secret-env WEBHOOK_SECRET");
  command.example(
      "postern send stripe --gate http://127.0.0.1:8787 --policy postern.toml "
      "--settings production.env");
  command.example("postern send stripe --forge --expect refused");
  command.note(
      "Every delivery but --again is a new event: what its scheme takes for the event's "
      "identity is made anew, in --body too.");
  command.note(
      "Ends with 0: sent, whatever the answer, 1: another answer than --expect says, 2: usage, "
      "3: a file that cannot be read, 4: no receiver that answers, 5: a defect of postern.");
  command.run([options, forge, again] {
    options->input.kind = *forge ? SendKind::forged : *again ? SendKind::again : SendKind::genuine;
    return run_send(*options);
  });
}

}  // namespace postern::harness
