#include "harness/commands/send.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "harness/commands/policy_files.h"
#include "harness/fixture/fixture.h"
#include "harness/host/cryptography.h"
#include "harness/host/disk_files.h"
#include "harness/host/read_file.h"
#include "harness/host/text_forms.h"
#include "harness/sender/fresh_event.h"
#include "harness/sender/sign.h"

namespace postern::harness {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

/// A small delivery of nobody in particular, for sources without a sample. It has the fields that
/// senders commonly name their events with.
constexpr std::string_view plain_sample =
    R"({"id":"evt_sample","type":"sample.sent","kind":"reading.sample",)"
    R"("data":{"note":"sent by postern"}})";

struct Sample {
  std::string body;
  std::vector<Header> headers;
  std::string event_type;
};

/// `fixtures/PROVIDER/sample.json`, or `sample.form` for senders of forms; beside either one,
/// `sample.event` has the event's name for those that put it into a header.
Sample read_sample(const SendOptions& options) {
  Sample sample{.body = std::string(plain_sample),
                .headers = {{"content-type", "application/json"}},
                .event_type = options.event_type};
  const fs::path folder = fs::path("fixtures") / options.provider;
  const auto json = read_bytes((folder / "sample.json").string(), fixture_bytes_max);
  const auto form = read_bytes((folder / "sample.form").string(), fixture_bytes_max);
  if (!options.body_file.empty()) {
    const auto [body, why] = read_whole(options.body_file, attached_bytes_max);
    if (!body.has_value()) {
      throw Refused{exit_unreadable, fmt::format("Cannot read {}: {}.", options.body_file, why)};
    }
    sample.body = *body;
    if (form.has_value() && !json.has_value()) {
      sample.headers = {{"content-type", "application/x-www-form-urlencoded"}};
    }
  } else if (json.has_value()) {
    sample.body = *json;
  } else if (form.has_value()) {
    sample.body = form->substr(0, form->find_last_not_of("\r\n") + 1);
    sample.headers = {{"content-type", "application/x-www-form-urlencoded"}};
  }
  if (const auto event = read_bytes((folder / "sample.event").string(), fixture_bytes_max);
      event.has_value() && sample.event_type.empty()) {
    sample.event_type = event->substr(0, event->find_first_of("\r\n"));
  }
  return sample;
}

GateSession session_of(const SendOptions& options, SendKind kind) {
  GateSession session = read_session(options.session_file).value_or(GateSession{});
  const auto override_with = [](std::string& value, const std::string& given) {
    if (!given.empty()) {
      value = given;
    }
  };
  override_with(session.gate, options.session.gate);
  override_with(session.policy, options.session.policy);
  override_with(session.settings, options.session.settings);
  override_with(session.records, options.session.records);
  if (session.gate.empty() || (session.policy.empty() && kind != SendKind::again)) {
    throw Refused{exit_target_unavailable,
                  "No gate is known. Start one with ./dev up, or give --gate, --policy and "
                  "--settings."};
  }
  return session;
}

fs::path last_file(const SendOptions& options) {
  return fs::path(options.session_file).parent_path() / ("last-" + options.provider + ".json");
}

void remember(const SendOptions& options, const Delivery& delivery) {
  Json headers = Json::array();
  for (const Header& header : delivery.headers) {
    headers.push_back({header.name, header.value});
  }
  std::ofstream stream(last_file(options));
  stream << Json{{"path", delivery.path},
                 {"query", delivery.query},
                 {"headers", headers},
                 {"body_base64", to_base64(delivery.body)}};
}

Delivery remembered(const SendOptions& options) {
  const auto text = read_bytes(last_file(options).string(), attached_bytes_max);
  const Json json = text.has_value() ? Json::parse(*text, nullptr, false) : Json();
  if (!json.is_object()) {
    throw Refused{exit_usage,
                  fmt::format("Nothing was sent yet: postern send {}", options.provider)};
  }
  Delivery delivery;
  delivery.path = json.at("path");
  delivery.query = json.at("query");
  for (const Json& header : json.at("headers")) {
    delivery.headers.push_back({header.at(0), header.at(1)});
  }
  delivery.body = from_base64(json.at("body_base64").get<std::string>()).value_or("");
  return delivery;
}

/// A secret that the gate does not have, in the form of the one that it has.
std::string other_secret(const std::string& secret) {
  std::string other = secret;
  const std::string random = random_bytes(other.size());
  const std::size_t first = other.starts_with("whsec_") ? 6 : 0;
  // Letters and digits stay what they are, so that hex stays hex and base64 stays base64.
  for (std::size_t i = first; i < other.size(); ++i) {
    const auto value = static_cast<unsigned char>(random[i]);
    const bool is_digit = other[i] >= '0' && other[i] <= '9';
    if (is_digit) {
      other[i] = static_cast<char>('0' + value % 10);
    } else if (other[i] >= 'a' && other[i] <= 'z') {
      other[i] = static_cast<char>('a' + value % 6);
    } else if (other[i] >= 'A' && other[i] <= 'Z') {
      other[i] = static_cast<char>('A' + value % 6);
    }
  }
  return other;
}

Delivery signed_delivery(const SendOptions& options, const RunningSource& source, SendKind kind) {
  const Sample sample = read_sample(options);
  Delivery delivery;
  delivery.path = source.path;
  delivery.query = source.address.query;
  delivery.headers = sample.headers;
  delivery.body = sample.body;
  if (!options.event_type.empty() &&
      !name_event(*source.scheme, options.event_type, delivery.body)) {
    throw Refused{exit_usage,
                  fmt::format("{} has no place for an event type in this body: leave --event-type "
                              "out.",
                              options.provider)};
  }
  const std::string mark = to_hex(random_bytes(8));
  // Where the body has no identity to mark, the id in a header is one.
  static_cast<void>(make_fresh_event(*source.scheme, mark, delivery));
  std::string secret = source.secrets.front();
  std::string key = source.private_keys.front();
  if (kind == SendKind::forged) {
    secret = key.empty() ? other_secret(secret) : secret;
    key = key.empty() || key.starts_with("-----") ? key : to_hex(random_bytes(32));
  }
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto is_signed =
      sign_delivery({.scheme = *source.scheme,
                     .secret = secret,
                     .private_key = key,
                     .at_ms = std::chrono::duration_cast<std::chrono::milliseconds>(now).count(),
                     .id = "msg_" + mark,
                     .url = source.address.url,
                     .event_type = sample.event_type,
                     .rule = std::nullopt},
                    delivery);
  if (!is_signed.has_value()) {
    throw is_signed.error();
  }
  if (kind == SendKind::forged && key.starts_with("-----")) {
    delivery.body += " ";  // No second key at hand: another body under the signature.
  }
  return delivery;
}

RunningSource source_of(const RunningGate& gate, const std::string& provider,
                        compiler::Catalogue& catalogue) {
  const auto source = gate.find(provider);
  if (!source.has_value()) {
    std::string known;
    for (const std::string& name : gate.providers()) {
      known += " " + name;
    }
    throw Refused{exit_usage,
                  fmt::format("The gate has no source for {}. It has:{}.", provider, known)};
  }
  compiler::Report report;
  if (!source->provider.empty() && catalogue.find(source->provider, report) == nullptr) {
    throw Refused{exit_unreadable,
                  report.errors() > 0
                      ? text_for_stderr(report)
                      : fmt::format("There is no file of {}: --providers DIR says where it is.",
                                    source->provider)};
  }
  if (source->scheme == nullptr) {
    throw Refused{exit_unreadable,
                  fmt::format("The source {} has neither a provider nor a scheme.", source->name)};
  }
  if (source->secrets.empty() || source->secrets.front().empty()) {
    throw Refused{exit_usage, fmt::format("The secret of {} is not among the settings.", provider)};
  }
  return *source;
}

/// Prints what came of it, and gives the exit code.
int show(const SendOptions& options, SendKind kind, const RunningGate& gate,
         const HttpResponse& answer) {
  const std::optional<std::string> record = gate.record_of(answer, record_wait_ms);
  const auto json = record.has_value() ? nlohmann::json::parse(*record, nullptr, false)
                                       : nlohmann::json::object();
  const std::string verdict = json.value("verdict", "answered");
  const std::string reason = json.value("reason", "");
  fmt::print("{}: {}{}, status {}, {:.0f} ms\n", options.provider, verdict,
             reason.empty() || reason == "none" ? "" : " (" + reason + ")", answer.status,
             answer.seconds * 1000);
  if (!options.expected.empty()) {
    const bool is_status = options.expected == std::to_string(answer.status);
    if (is_status || options.expected == verdict) {
      return exit_ok;
    }
    fmt::print(stderr, "Expected {}.\n", options.expected);
    return exit_expectation_failed;
  }
  const bool is_over = kind != SendKind::forged && (answer.status < 200 || answer.status > 299);
  if (!is_over && !gate.session().policy.empty()) {
    fmt::print("{}", next_commands(options, kind));
  }
  return exit_ok;
}

bool is_status(const std::string& word) {
  return word.size() == 3 && word >= "100" && word <= "599" &&
         word.find_first_not_of("0123456789") == std::string::npos;
}

/// Throws `UsageError` for what cannot be expected, and for what would be ignored.
void check_options(const SendOptions& options, SendKind kind) {
  constexpr std::array<std::string_view, 8> verdicts = {
      "forwarded", "duplicate", "busy", "refused", "handshake", "accepted", "unrouted", "failed"};
  const bool is_verdict = std::ranges::find(verdicts, options.expected) != verdicts.end();
  if (!options.expected.empty() && !is_verdict && !is_status(options.expected)) {
    throw UsageError(fmt::format("--expect takes a status such as 401, or a verdict: {}.",
                                 fmt::join(verdicts, ", ")));
  }
  // What says which gate it is has a place in the lines that are shown next.
  for (const auto& [name, value] :
       {std::pair("--body", &options.body_file), std::pair("--event-type", &options.event_type)}) {
    if (kind == SendKind::again && !value->empty()) {
      throw UsageError(
          fmt::format("{} does nothing with --again, which sends the same bytes.", name));
    }
  }
}

}  // namespace

int run_send(const SendOptions& options, SendKind kind) {
  check_options(options, kind);
  compiler::Report report;
  compiler::Catalogue catalogue = open_catalogue(options.providers, report);
  if (report.errors() > 0) {
    print_to_stderr(report);
    return exit_unreadable;
  }
  try {
    const bool is_signed = kind != SendKind::again;
    const RunningGate gate(session_of(options, kind), catalogue);
    if (!options.expected.empty() && !is_status(options.expected) &&
        gate.session().records.empty()) {
      throw UsageError("--expect with a verdict wants --records FILE: where the gate's log goes.");
    }
    const Delivery delivery =
        is_signed ? signed_delivery(options, source_of(gate, options.provider, catalogue), kind)
                  : remembered(options);
    const std::string query = delivery.query.empty() ? "" : "?" + delivery.query;
    const HttpResponse answer = send_http({.method = "POST",
                                           .url = gate.session().gate + delivery.path + query,
                                           .headers = delivery.headers,
                                           .body = delivery.body});
    if (kind == SendKind::genuine) {
      remember(options, delivery);
    }
    return show(options, kind, gate, answer);
  } catch (const Refused& refused) {
    fmt::print(stderr, "{}\n", refused.message);
    return refused.exit_code;
  } catch (const CannotSign& fault) {
    fmt::print(stderr, "Cannot sign: {}.\n", fault.why);
    return exit_usage;
  } catch (const GateFilesUnreadable& fault) {
    fmt::print(stderr, "{}\n", fault.what());
    return exit_unreadable;
  } catch (const Unreachable& fault) {
    fmt::print(stderr, "{}\n", fault.what());
    return exit_target_unavailable;
  }
}

void register_send(CommandLine& line) {
  Command& command = line.add("send", Group::everyday, "Send a signed delivery to a running gate");
  auto options = std::make_shared<SendOptions>();
  auto forge = std::make_shared<bool>(false);
  auto again = std::make_shared<bool>(false);
  command.word("PROVIDER", "a provider that the gate has a source for, or a source's name",
               Need::required, options->provider);
  add_providers_option(command, options->providers);
  command.flag("--forge", "Sign with a secret that the gate does not have", *forge);
  command.flag("--again", "Send the last one again, byte for byte", *again);
  command.text("--body", "FILE", "The body; - is standard input (fixtures/PROVIDER/sample.json)",
               options->body_file);
  command.text("--event-type", "TYPE",
               "The event's type, where the provider has it: in a header or the JSON body",
               options->event_type);
  command.text("--gate", "URL", "The gate's address (from ./dev up)", options->session.gate);
  command.text("--policy", "FILE", "The gate's postern.toml (from ./dev up)",
               options->session.policy);
  command.text("--settings", "FILE", "The gate's secrets, NAME=VALUE lines (from ./dev up)",
               options->session.settings);
  command.text("--records", "FILE", "File that the gate's log goes to", options->session.records);
  command.text("--session", "FILE", "What ./dev up wrote", options->session_file);
  command.text("--expect", "STATUS|VERDICT",
               "End with 1 for another answer, such as 401 or duplicate", options->expected);
  command.excludes("--again", "--forge");
  command.example("postern send stripe");
  command.example("postern send stripe --again");
  command.example("postern send stripe --forge --expect refused");
  command.note(
      "Every delivery but --again is a new event: what its scheme takes for the event's "
      "identity is made anew, in --body too.");
  command.note(
      "Ends with 0: sent, whatever the answer, 1: another answer than --expect says, 2: usage, "
      "3: a file that cannot be read, 4: no gate that answers, 5: a defect of postern.");
  command.run([options, forge, again] {
    return run_send(*options, *forge   ? SendKind::forged
                              : *again ? SendKind::again
                                       : SendKind::genuine);
  });
}

}  // namespace postern::harness
