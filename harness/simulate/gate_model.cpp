#include "harness/simulate/gate_model.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <stdexcept>

#include "compiler/catalogue.h"
#include "compiler/compiler.h"
#include "harness/contract/hosts.h"
#include "harness/host/catalogue_files.h"
#include "harness/host/cryptography.h"
#include "harness/host/text_forms.h"
#include "postern/base/bytes.h"

namespace postern::harness::simulate {
namespace {

constexpr std::string_view forward_secret_bytes = "the simulated gate's own signing";
constexpr std::uint64_t timeout_ms = 8000;

/// What the gate tells an origin of a forward, in the order in which it signs it.
constexpr std::array<std::string_view, 10> forward_fields = {"postern-source",
                                                             "postern-event",
                                                             "postern-id",
                                                             "postern-key",
                                                             "postern-content-key",
                                                             "postern-attempt",
                                                             "postern-maybe-duplicate",
                                                             "postern-proof",
                                                             "postern-verdict",
                                                             "postern-reason"};

/// How a source's deliveries are signed: all that the core has to verify here.
constexpr std::string_view timed_scheme = R"(
algorithm = "hmac-sha256"
from = { header = "x-signature" }
encoding = "hex"
content = "{id}.{timestamp}.{body}"
key = "utf8"
[sources.NAME.scheme.timestamp]
from = { header = "x-time" }
unit = "seconds"
max_age = "5m"
max_future = "5m"
[sources.NAME.scheme.id]
from = { header = "x-id" }
[sources.NAME.scheme.event]
identity = { header = "x-id" }
)";
constexpr std::string_view static_scheme = R"(
algorithm = "hmac-sha256"
from = { header = "x-signature" }
encoding = "hex"
content = "{body}"
key = "utf8"
[sources.NAME.scheme.event]
identity = "body"
)";

/// Where the sender's events can be equal but for a header that it does not sign.
constexpr std::string_view hinted_scheme = R"(
algorithm = "hmac-sha256"
from = { header = "x-signature" }
encoding = "hex"
content = "{body}"
key = "utf8"
[sources.NAME.scheme.event]
identity = "body"
same_content = "many"
hint = { header = "x-hint" }
)";

/// The sources, in the order of their numbers.
std::vector<SourceFacts> all_sources() {
  SourceFacts const timed{.name = "timed", .has_time = true, .on_ledger_down = "closed"};
  SourceFacts const open{.name = "open", .has_time = true, .on_ledger_down = "open"};
  SourceFacts const plain{.name = "plain", .on_ledger_down = "closed"};
  SourceFacts const fallback{.name = "fallback", .has_time = true, .on_ledger_down = "queue"};
  SourceFacts const queued{.name = "queued",
                           .has_time = true,
                           .is_queued = true,
                           .on_ledger_down = "queue",
                           .destinations = 2,
                           .attempts = 5};
  SourceFacts const kept{
      .name = "kept", .is_queued = true, .on_ledger_down = "closed", .attempts = 5};
  SourceFacts const brief{
      .name = "brief", .is_queued = true, .on_ledger_down = "closed", .attempts = 1};
  SourceFacts const limited{.name = "limited",
                            .has_time = true,
                            .on_ledger_down = "closed",
                            .limited_by = "address",
                            .has_addresses = true};
  SourceFacts const counted{.name = "counted",
                            .is_queued = true,
                            .on_ledger_down = "closed",
                            .attempts = 5,
                            .limited_by = "source"};
  SourceFacts const watched{.name = "watched",
                            .has_time = true,
                            .on_ledger_down = "closed",
                            .limited_by = "source",
                            .has_addresses = true,
                            .is_observing = true};
  SourceFacts const alike{.name = "alike", .on_ledger_down = "queue", .same_content = "mark"};
  SourceFacts const batched{.name = "batched",
                            .is_queued = true,
                            .on_ledger_down = "queue",
                            .destinations = 2,
                            .attempts = 3,
                            .same_content = "mark"};
  SourceFacts const strict{.name = "strict", .on_ledger_down = "closed", .same_content = "refuse"};
  // The searches through every interleaving name sources by their numbers.
  std::vector<SourceFacts> sources = {timed,   open,    plain,   fallback, queued,  kept,  brief,
                                      limited, counted, watched, alike,    batched, strict};
  for (SourceFacts& facts : sources) {
    facts.path = "/" + facts.name;
    facts.secret = "a secret of the simulated source " + facts.name;
    facts.lease_ms = timeout_ms + 5000;  // docs/DUPLICATES.md: the time limit + 5 s.
    facts.retain_ms = std::uint64_t{7} * 24 * 60 * 60 * 1000;
  }
  return sources;
}

std::string setting_of(std::string name) {
  std::ranges::transform(name, name.begin(),
                         [](char letter) { return static_cast<char>(letter - 'a' + 'A'); });
  return name;
}

/// In the second version the destinations of a route stand in another order, so that a stored
/// ticket's number of one means another.
std::string destinations_of(const SourceFacts& facts, std::size_t version) {
  std::vector<std::string> urls;
  for (std::uint8_t i = 0; i < facts.destinations; ++i) {
    const std::uint8_t number =
        version == 0 ? i : static_cast<std::uint8_t>(facts.destinations - 1 - i);
    urls.push_back(fmt::format("\"https://origin.example.com/{}\"", number));
  }
  return facts.destinations == 1 ? urls[0] : fmt::format("[{}]", fmt::join(urls, ", "));
}

/// Who may come in, and what becomes of those who may not.
std::string admission_of(const SourceFacts& facts) {
  std::string text;
  if (!facts.limited_by.empty()) {
    text += fmt::format("rate_limit = {{ requests = 600, per = \"60s\", by = \"{}\" }}\n",
                        facts.limited_by);
  }
  text += facts.has_addresses ? "allow_addresses = [\"192.0.2.0/24\"]\n" : "";
  text += facts.is_observing ? "mode = \"observe\"\n" : "";
  text += facts.same_content == "refuse" ? "on_same_content = \"refuse\"\n" : "";
  return text;
}

std::string policy_text(const std::vector<SourceFacts>& sources, std::size_t version) {
  // What differs is a limit that no delivery meets: tickets of one version are not the other's.
  std::string text = fmt::format(
      "version = 1\n[gate]\nmax_body = \"{}KiB\"\nsign_forwards = \"env:FORWARD\"\n", 64 + version);
  for (const SourceFacts& facts : sources) {
    std::string scheme(facts.has_time               ? timed_scheme
                       : facts.same_content.empty() ? static_scheme
                                                    : hinted_scheme);
    for (std::size_t at = scheme.find("NAME"); at != std::string::npos; at = scheme.find("NAME")) {
      scheme.replace(at, 4, facts.name);
    }
    text += fmt::format(
        "[sources.{0}]\npath = \"{1}\"\nsecrets = [\"env:{2}\"]\nretain = \"7d\"\n"
        "on_ledger_down = \"{3}\"\n{7}[sources.{0}.scheme]\nname = \"Simulated\"\n"
        "[sources.{0}.scheme.signature]{4}[[sources.{0}.routes]]\nto = {5}\ntimeout = \"8s\"\n{6}",
        facts.name, facts.path, setting_of(facts.name), facts.on_ledger_down, scheme,
        destinations_of(facts, version),
        facts.is_queued ? "deliver = \"queue\"\nretry = { schedule = \"exponential\", "
                          "first = \"10s\", longest = \"5m\", attempts = " +
                              std::to_string(facts.attempts) + " }\n"
                        : "",
        admission_of(facts));
  }
  return text;
}

compiler::CompiledPolicy compile_version(std::size_t version) {
  compiler::Report report;
  compiler::Catalogue catalogue = embedded_catalogue();
  const std::string text = policy_text(all_sources(), version);
  auto compiled = compiler::compile_policy(text, "simulated.toml", compiler::Target::production,
                                           cloudflare_limits, catalogue, report);
  if (!compiled.has_value()) {
    throw std::runtime_error("the simulator's own policy does not compile");
  }
  return *std::move(compiled);
}

}  // namespace

GateModel::GateModel(const MakeEngine& make_engine)
    : sources_(all_sources()), forward_key_(forward_secret_bytes) {
  for (std::size_t version = 0; version < versions; ++version) {
    const compiler::CompiledPolicy compiled = compile_version(version);
    std::vector<std::string> values;
    for (const std::string& name : compiled.setting_names) {
      const auto source = std::ranges::find_if(
          sources_, [&](const SourceFacts& facts) { return setting_of(facts.name) == name; });
      values.push_back(source == sources_.end() ? "whsec_" + to_base64(forward_key_)
                                                : source->secret);
    }
    engines_[version] = make_engine();
    const Configured configured = decode_configured(
        engines_[version]->configure(encode_configure(text_of(compiled.file), values)));
    if (!configured.problems.empty()) {
      throw std::runtime_error("the simulator's own policy has a source that does not work");
    }
  }
}

std::string GateModel::mac_outcome(const Mac& mac, const std::string& body) const {
  std::vector<std::string> results;
  for (const MacRequest& request : mac.requests) {
    std::string message;
    for (const Piece& piece : request.content) {
      message += piece.kind == Piece::Kind::body ? body : piece.bytes;
    }
    // Bodies here are small, so the module hashes them itself; only forwards are signed outside.
    results.push_back(hmac(Hash::sha256, forward_key_, message).value());
  }
  return mac_done(results);
}

bool GateModel::verifies(const Forward& forward, const std::string& body) const {
  const auto value_of = [&](std::string_view name) {
    const auto found = std::ranges::find(forward.headers, name, &Header::name);
    return found == forward.headers.end() ? std::string() : found->value;
  };
  const auto signed_by_key = [&](const std::string& text) {
    return to_base64(hmac(Hash::sha256, forward_key_, text).value());
  };
  const std::string id = value_of("webhook-id");
  const std::string time = value_of("webhook-timestamp");
  const std::string of_body = signed_by_key(id + "." + time + "." + body);
  std::string lines = fmt::format("postern-forward-1\n{}\n{}\n{}\n{}\n{}\n", forward.method,
                                  forward.url, id, time, of_body);
  for (const std::string_view name : forward_fields) {
    lines += value_of(name) + "\n";
  }
  return value_of("webhook-signature") == "v1," + of_body &&
         value_of("postern-signature") == "v1," + signed_by_key(lines);
}

void GateModel::put_hint(Delivery& delivery, std::uint16_t hint) {
  std::erase_if(delivery.headers, [](const Header& header) { return header.name == "x-hint"; });
  if (hint != no_hint) {
    delivery.headers.push_back({"x-hint", hint == empty_hint ? "" : fmt::format("hint_{}", hint)});
  }
}

Delivery GateModel::signed_delivery(std::uint16_t source, std::uint16_t event,
                                    std::uint64_t signed_at_ms) const {
  const SourceFacts& facts = sources_[source];
  Delivery delivery;
  delivery.path = facts.path;
  delivery.client_address = "192.0.2.1";
  delivery.body =
      fmt::format(R"({{"type":"thing.happened","number":{}}})", content_of(facts, event));
  if (!facts.has_time) {
    const std::string mac = hmac(Hash::sha256, facts.secret, delivery.body).value();
    delivery.headers = {{"x-signature", to_hex(mac)}};
    if (!facts.same_content.empty()) {
      put_hint(delivery, hint_of(event));
    }
    return delivery;
  }
  const std::string id = fmt::format("msg_{}", event);
  const std::string time = std::to_string(signed_at_ms / 1000);
  const std::string content = id + '.' + time + '.' + delivery.body;
  const std::string mac = hmac(Hash::sha256, facts.secret, content).value();
  delivery.headers = {{"x-id", id}, {"x-signature", to_hex(mac)}, {"x-time", time}};
  return delivery;
}

}  // namespace postern::harness::simulate
