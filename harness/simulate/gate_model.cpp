#include "harness/simulate/gate_model.h"

#include <fmt/format.h>

#include <stdexcept>

#include "base/bytes.h"
#include "harness/host/cryptography.h"
#include "harness/host/text_forms.h"
#include "harness/policy/catalogue.h"
#include "harness/policy/compile_policy.h"

namespace postern::harness::simulate {
namespace {

constexpr std::string_view forward_secret_bytes = "the simulated gate's own signing";
constexpr std::uint64_t timeout_ms = 8000;

/// Two sources with a signed id and time, of which one forwards without its ledger; and one of
/// which only the body is signed. The versions differ in a limit that no delivery meets: what
/// matters is that tickets of the one are not the other's.
constexpr std::string_view policy_text = R"(version = 1
[gate]
max_body = "{}KiB"
sign_forwards = "env:FORWARD"

[sources.timed]
path = "/timed"
secrets = ["env:TIMED"]
retain = "7d"
[sources.timed.scheme]
name = "Simulated"
[sources.timed.scheme.signature]
algorithm = "hmac-sha256"
from = {{ header = "x-signature" }}
encoding = "hex"
content = "{{id}}.{{timestamp}}.{{body}}"
key = "utf8"
[sources.timed.scheme.timestamp]
from = {{ header = "x-time" }}
unit = "seconds"
max_age = "5m"
max_future = "5m"
[sources.timed.scheme.id]
from = {{ header = "x-id" }}
[sources.timed.scheme.event]
identity = {{ header = "x-id" }}
[[sources.timed.routes]]
to = "https://origin.example.com/timed"
timeout = "8s"

[sources.open]
path = "/open"
secrets = ["env:OPEN"]
retain = "7d"
on_ledger_down = "open"
[sources.open.scheme]
name = "Simulated"
[sources.open.scheme.signature]
algorithm = "hmac-sha256"
from = {{ header = "x-signature" }}
encoding = "hex"
content = "{{id}}.{{timestamp}}.{{body}}"
key = "utf8"
[sources.open.scheme.timestamp]
from = {{ header = "x-time" }}
unit = "seconds"
max_age = "5m"
max_future = "5m"
[sources.open.scheme.id]
from = {{ header = "x-id" }}
[sources.open.scheme.event]
identity = {{ header = "x-id" }}
[[sources.open.routes]]
to = "https://origin.example.com/open"
timeout = "8s"

[sources.static]
path = "/static"
secrets = ["env:STATIC"]
retain = "7d"
on_ledger_down = "closed"
[sources.static.scheme]
name = "Simulated"
[sources.static.scheme.signature]
algorithm = "hmac-sha256"
from = {{ header = "x-signature" }}
encoding = "hex"
content = "{{body}}"
key = "utf8"
[sources.static.scheme.event]
identity = "body"
[[sources.static.routes]]
to = "https://origin.example.com/static"
timeout = "8s"
)";

SourceFacts timed_source(std::string name, std::string key) {
  SourceFacts facts;
  facts.path = "/" + name;
  facts.opens_when_down = name == "open";
  facts.name = std::move(name);
  facts.secret = key;
  facts.secret_key = std::move(key);
  facts.has_time = true;
  return facts;
}

SourceFacts static_source(std::string key) {
  SourceFacts facts;
  facts.name = "static";
  facts.path = "/static";
  facts.secret = key;
  facts.secret_key = std::move(key);
  return facts;
}

CompiledPolicy compile_version(std::size_t version) {
  Report report;
  Catalogue catalogue = Catalogue::embedded();
  const std::string text = fmt::format(fmt::runtime(policy_text), 64 + version);
  auto compiled = compile_policy(text, "simulated.toml", Target::production, catalogue, report);
  if (!compiled.has_value()) {
    throw std::runtime_error("the simulator's own policy does not compile");
  }
  return *std::move(compiled);
}

}  // namespace

GateModel::GateModel(const MakeEngine& make_engine) : forward_key_(forward_secret_bytes) {
  sources_.push_back(timed_source("timed", "a key of the timed source, 32 B."));
  sources_.push_back(timed_source("open", "a key of the open source, 32 B.!"));
  sources_.push_back(static_source("a key of the static source, longer than needed"));
  for (SourceFacts& facts : sources_) {
    facts.lease_ms = timeout_ms + 5000;  // docs/DUPLICATES.md: the time limit + 5 s.
    facts.retain_ms = std::uint64_t{7} * 24 * 60 * 60 * 1000;
  }
  for (std::size_t version = 0; version < versions; ++version) {
    const CompiledPolicy compiled = compile_version(version);
    std::vector<std::string> values;
    for (const std::string& name : compiled.setting_names) {
      values.push_back(name == "FORWARD" ? "whsec_" + to_base64(forward_key_)
                       : name == "TIMED" ? sources_[0].secret
                       : name == "OPEN"  ? sources_[1].secret
                                         : sources_[2].secret);
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
    for (const MessagePart& part : request.parts) {
      message += part.is_body ? body : part.bytes;
    }
    // Bodies here are small, so the module hashes them itself; only forwards are signed outside.
    results.push_back(hmac(Hash::sha256, forward_key_, message).value());
  }
  return mac_done(results);
}

Delivery GateModel::signed_delivery(std::uint16_t source, std::uint16_t event,
                                    std::uint64_t signed_at_ms) const {
  const SourceFacts& facts = sources_[source];
  Delivery delivery;
  delivery.path = facts.path;
  delivery.client_address = "192.0.2.1";
  delivery.body = fmt::format(R"({{"type":"thing.happened","number":{}}})", event);
  if (!facts.has_time) {
    const std::string mac = hmac(Hash::sha256, facts.secret_key, delivery.body).value();
    delivery.headers = {{"x-signature", to_hex(mac)}};
    return delivery;
  }
  const std::string id = fmt::format("msg_{}", event);
  const std::string time = std::to_string(signed_at_ms / 1000);
  const std::string content = id + '.' + time + '.' + delivery.body;
  const std::string mac = hmac(Hash::sha256, facts.secret_key, content).value();
  delivery.headers = {{"x-id", id}, {"x-signature", to_hex(mac)}, {"x-time", time}};
  return delivery;
}

}  // namespace postern::harness::simulate
