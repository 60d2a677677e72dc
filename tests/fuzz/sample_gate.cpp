#include "fuzz/sample_gate.h"

#include <toml++/toml.h>

#include <algorithm>
#include <array>

#include "compiler/compiler.h"
#include "compiler/toml_text.h"
#include "fuzz/fuzz_check.h"
#include "harness/contract/hosts.h"
#include "harness/engine/engine.h"
#include "harness/fixture/read_fixture.h"
#include "harness/fixture/select.h"
#include "harness/host/disk_files.h"
#include "harness/host/read_file.h"
#include "harness/host/text_forms.h"
#include "harness/sender/sign.h"
#include "postern/base/bytes.h"
#include "property/genuine_fixture.h"
#include "property/independent_verifier.h"
#include "property/scheme_table.h"

namespace postern::fuzz {
namespace {

/// Fixtures besides each provider's: what the sample policy has not.
constexpr std::array<std::string_view, 10> other_fixtures = {
    "fixtures/custom",
    "fixtures/admission/counts-authentic-deliveries-of-a-source.toml",
    "fixtures/admission/lets-listed-addresses-in.toml",
    "fixtures/admission/limits-what-a-queue-would-take.toml",
    "fixtures/gate/fails-open-where-the-policy-says-so.toml",
    "fixtures/gate/routes-by-a-truth-value-and-a-number.toml",
    "fixtures/gate/takes-another-signed-identity-by-policy.toml",
    "fixtures/queue/delivers-to-two-origins.toml",
    "fixtures/queue/hands-the-whole-event-to-the-queue-when-the-ledger-is-down.toml",
    "fixtures/slack/absorbs-a-duplicate.toml",
};

/// A sample goes into each input that begins with it.
constexpr std::size_t sample_body_bytes_max = 4096;

constexpr std::string_view policy_file = "postern.toml";
constexpr std::string_view origin_url = "https://origin.example/hooks";
constexpr std::string_view alarm_url = "https://alarm.example/hooks";
constexpr std::string_view forward_secret = "whsec_dGhlIGdhdGUgc2lnbnMgYnkgdGhpcyBvbmU=";
constexpr std::string_view device_secret = "a-device-of-the-fuzzer-signs-by-this-secret";
constexpr std::string_view device_body = R"({"id":"r-1","kind":"reading.temperature","value":21})";
constexpr std::uint64_t device_at_ms = 1'700'000'000'000;

/// The key pair of the fixtures' Ed25519 signatures; its private half is published, so the fuzzer
/// can sign too. Source: RFC 8032, section 7.1, test 1.
constexpr std::string_view ed25519_seed =
    "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
constexpr std::string_view ed25519_public =
    "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";

std::string text_of_table(const toml::table& table, std::string_view key) {
  return table[key].value_or(std::string());
}

/// Values of settings by name: of `NAME`, what the policy calls `env:NAME`.
using Environment = std::map<std::string, std::string>;

void put_if_set(const toml::node& setting, const std::string& value, Environment& environment) {
  const std::string name = setting.value_or(std::string());
  if (name.starts_with("env:")) {
    environment[name.substr(4)] = value;
  }
}

Endpoint device_endpoint() {
  Endpoint device;
  device.compiled.secrets = {std::string(device_secret)};
  device.samples = {{{.method = "POST",
                      .path = {},
                      .query = {},
                      .client_address = "203.0.113.9",
                      .headers = {{"content-type", "application/json"}},
                      .body = std::string(device_body)},
                     device_at_ms}};
  return device;
}

void sign_samples(Endpoint& endpoint) {
  for (Sample& sample : endpoint.samples) {
    const auto is_signed = harness::sign_delivery({.scheme = *endpoint.compiled.scheme,
                                                   .secret = endpoint.compiled.secrets.front(),
                                                   .private_key = endpoint.private_key,
                                                   .at_ms = static_cast<std::int64_t>(sample.at_ms),
                                                   .id = {},
                                                   .url = endpoint.compiled.address.url,
                                                   .event_type = {},
                                                   .rule = {}},
                                                  sample.delivery);
    FUZZ_CHECK(is_signed.has_value(), "a sample cannot be signed");
  }
}

/// The samples are where the fuzzer starts: one that is no longer let in would leave it outside.
void check_samples(const Endpoint& endpoint, const std::string& name) {
  FUZZ_CHECK(!endpoint.samples.empty(), name);
  for (const Sample& sample : endpoint.samples) {
    FUZZ_CHECK(
        property::is_genuine({endpoint.compiled, *endpoint.scheme, endpoint.compiled.fixture.fetch},
                             sample.delivery, sample.at_ms),
        name);
  }
}

}  // namespace

SampleGate::SampleGate() {
  read_fixtures();
  read_policy();
  for (const Endpoint& endpoint : endpoints_) {
    check_samples(endpoint, endpoint.compiled.fixture.file + endpoint.path);
  }
}

void SampleGate::read_fixtures() {
  for (const std::string& slug : catalogue_.slugs()) {
    by_provider_[slug] = endpoints_.size();
    add_fixture(property::genuine_fixture(slug));
    FUZZ_CHECK(endpoints_.size() == by_provider_[slug] + 1, slug);
    for (const std::string& file :
         harness::select_fixtures(harness::disk_files(), {"fixtures/" + slug}, "/answers-").files) {
      harness::CompiledCase other;
      for (const harness::StepRun& step : play_fixture(file, other)) {
        for (const harness::Arrival& arrival : step.arrivals) {
          endpoints_.back().others.push_back({arrival.delivery, step.at_ms});
        }
      }
    }
  }
  for (const std::string_view place : other_fixtures) {
    for (const std::string& file :
         harness::select_fixtures(harness::disk_files(), {std::string(place)}, ".toml").files) {
      add_fixture(file);
    }
  }
}

std::vector<harness::StepRun> SampleGate::play_fixture(const std::string& file,
                                                       harness::CompiledCase& compiled) {
  auto fixture = harness::read_fixture(harness::disk_files(), file, report_);
  FUZZ_CHECK(fixture.has_value(), file);
  auto made = harness::compile_case(std::move(*fixture), catalogue_, report_);
  FUZZ_CHECK(made.has_value(), file);
  compiled = std::move(*made);
  const auto engine = harness::make_native_engine();
  return harness::run_case(compiled, *engine).steps;
}

/// A fixture that lets nothing in gives no endpoint.
void SampleGate::add_fixture(const std::string& file) {
  Endpoint endpoint;
  for (const harness::StepRun& step : play_fixture(file, endpoint.compiled)) {
    const bool was_let_in = !step.outcomes.empty() && step.outcomes.front().ledger_calls > 0;
    if (was_let_in && step.arrivals.front().delivery.body.size() <= sample_body_bytes_max) {
      endpoint.samples.push_back({step.arrivals.front().delivery, step.at_ms});
    }
  }
  if (endpoint.samples.empty()) {
    return;
  }
  if (endpoint.compiled.secrets.front() == ed25519_public) {
    endpoint.private_key = ed25519_seed;
  }
  endpoint.path = endpoint.samples.front().delivery.path;
  endpoint.scheme = property::written_scheme(*endpoint.compiled.fixture.source);
  endpoints_.push_back(std::move(endpoint));
}

/// The source as the sample policy has it, with the deliveries of its provider's fixture.
Endpoint SampleGate::endpoint_of(const toml::table& source) const {
  const auto known = by_provider_.find(text_of_table(source, "provider"));
  Endpoint endpoint = known == by_provider_.end() ? device_endpoint() : endpoints_[known->second];
  endpoint.path = text_of_table(source, "path");
  for (std::vector<Sample>* samples : {&endpoint.samples, &endpoint.others}) {
    for (Sample& sample : *samples) {
      sample.delivery.path = endpoint.path;
    }
  }
  endpoint.compiled.fixture.source = &source;
  endpoint.compiled.secrets.resize(1);
  if (const toml::table* scheme = source["scheme"].as_table(); scheme != nullptr) {
    compiler::Report report;
    endpoint.compiled.scheme = compiler::read_own_scheme(*scheme, report);
    FUZZ_CHECK(endpoint.compiled.scheme != nullptr, endpoint.path);
    endpoint.scheme = property::written_scheme(source);
    sign_samples(endpoint);
  }
  return endpoint;
}

void SampleGate::read_policy() {
  const auto text = harness::read_file(policy_file);
  FUZZ_CHECK(text.has_value(), policy_file);
  const auto document = std::make_shared<const toml::table>(
      compiler::parse_toml(*text, std::string(policy_file)).value());
  Environment environment = {{"ORIGIN_URL", std::string(origin_url)},
                             {"ALARM_ORIGIN_URL", std::string(alarm_url)},
                             {"POSTERN_SIGNING_SECRET", std::string(forward_secret)}};
  const std::size_t first = endpoints_.size();
  for (const auto& [name, node] : *document->get_as<toml::table>("sources")) {
    const toml::table& source = *node.as_table();
    Endpoint endpoint = endpoint_of(source);
    endpoint.compiled.fixture.document = document;
    for (const toml::node& secret : *source["secrets"].as_array()) {
      put_if_set(secret, endpoint.compiled.secrets.front(), environment);
    }
    if (const toml::node* address = source.get("url"); address != nullptr) {
      put_if_set(*address, endpoint.compiled.address.url, environment);
    }
    endpoints_.push_back(std::move(endpoint));
  }
  compile(*text, environment);
  for (std::size_t i = first; i < endpoints_.size(); ++i) {
    endpoints_[i].compiled.policy = policy_;
    endpoints_[i].compiled.settings = settings_;
  }
}

void SampleGate::compile(const std::string& text,
                         const std::map<std::string, std::string>& environment) {
  const auto compiled =
      compiler::compile_policy(text, std::string(policy_file), compiler::Target::production,
                               harness::cloudflare_limits, catalogue_, report_);
  FUZZ_CHECK(compiled.has_value(), policy_file);
  policy_ = text_of(Bytes(compiled->file));
  for (const std::string& name : compiled->setting_names) {
    FUZZ_CHECK(environment.contains(name), name);
    settings_.push_back(environment.at(name));
  }
  const std::string configured =
      harness::make_native_engine()->configure(harness::encode_configure(policy_, settings_));
  FUZZ_CHECK(harness::decode_configured(configured).problems.empty(), policy_file);
}

}  // namespace postern::fuzz
