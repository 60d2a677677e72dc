#include <algorithm>
#include <array>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <string_view>

#include "fuzz/fuzz_check.h"
#include "fuzz/fuzz_input.h"
#include "fuzz/sample_gate.h"
#include "fuzz/scripted_delivery.h"
#include "harness/engine/engine.h"
#include "harness/host/simulation.h"
#include "property/independent_verifier.h"
#include "property/scheme_table.h"

// Deliveries from the first frame to the last, in a world drawn from the input. The host's loop
// reads every frame by docs/ABI.md and bounds their number; what may come of a delivery is checked
// here.

namespace postern::fuzz {
namespace {

using Json = nlohmann::json;

const SampleGate& sample_gate() {
  static const SampleGate gate;
  return gate;
}

/// What every host carries in a header: nothing that could end it and begin another.
bool is_one_line(const std::string& text) {
  return std::ranges::none_of(text, [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
}

void check_headers(const std::vector<harness::Header>& headers) {
  for (const harness::Header& header : headers) {
    FUZZ_CHECK(!header.name.empty() && is_one_line(header.name), header.name);
    FUZZ_CHECK(is_one_line(header.value), header.name);
  }
}

Json check_record(const std::string& text) {
  Json record = Json::parse(text, nullptr, false);
  FUZZ_CHECK(record.is_object() && is_one_line(text), text);
  return record;
}

/// Where a scheme shows its secret, and what the gate writes itself.
bool may_hold_no_secret(const std::string& name, const Endpoint& endpoint) {
  const auto rules = property::tables_at(*endpoint.scheme, "signature");
  return name.starts_with("postern-") || std::ranges::any_of(rules, [&](const toml::table* rule) {
           const toml::table* from = property::table_at(*rule, "from");
           return from != nullptr &&
                  property::same_name(name, property::text_at(*from, "header", ""));
         });
}

std::string in_lower_case(std::string text) {
  std::ranges::transform(text, text.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return text;
}

/// Whether some text of a table, however deep, names a header: in full, in a template, or by its
/// beginning.
bool names_header(const toml::node& node, const std::string& name) {
  bool is_named = false;
  if (const auto text = node.value<std::string>(); text.has_value()) {
    const std::string lower = in_lower_case(*text);
    is_named = lower == name || lower.contains("{header:" + name) ||
               (lower.ends_with('*') && name.starts_with(lower.substr(0, lower.size() - 1)));
  } else if (const toml::table* table = node.as_table(); table != nullptr) {
    is_named = std::ranges::any_of(
        *table, [&](const auto& entry) { return names_header(entry.second, name); });
  } else if (const toml::array* array = node.as_array(); array != nullptr) {
    is_named = std::ranges::any_of(
        *array, [&](const toml::node& element) { return names_header(element, name); });
  }
  return is_named;
}

/// What a forward has of the sender's: what describes the body, and what the provider's file or the
/// source names. docs/ORIGIN.md lists the gate's own.
void check_names(const std::vector<harness::Header>& headers, const Endpoint& endpoint) {
  constexpr std::array<std::string_view, 16> own = {
      "postern-source",          "postern-event",     "postern-id",       "postern-key",
      "postern-content-key",     "postern-attempt",   "postern-proof",    "postern-verdict",
      "postern-maybe-duplicate", "postern-reason",    "webhook-id",       "webhook-timestamp",
      "webhook-signature",       "postern-signature", "content-language", "content-type"};
  constexpr std::array<std::string_view, 6> never = {
      "authorization", "connection", "cookie", "transfer-encoding", "x-forwarded-for", "host"};
  std::set<std::string_view> seen;
  for (const harness::Header& header : headers) {
    FUZZ_CHECK(seen.insert(header.name).second, header.name);
    const bool is_spelt =
        header.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos;
    FUZZ_CHECK(is_spelt, header.name);
    const bool is_named = names_header(*endpoint.scheme, header.name) ||
                          names_header(*endpoint.compiled.fixture.source, header.name);
    const bool is_own = std::ranges::find(own, header.name) != own.end();
    FUZZ_CHECK(is_own || (is_named && !header.name.starts_with("postern-")), header.name);
    FUZZ_CHECK(std::ranges::find(never, header.name) == never.end(), header.name);
  }
}

/// Method and query are those that came, and the query all of it or none. A GET has no body.
void check_target(const harness::Forward& forward, const harness::Delivery& delivery) {
  FUZZ_CHECK(forward.url.starts_with("https://"), forward.url);
  FUZZ_CHECK(forward.method == delivery.method, forward.method);
  FUZZ_CHECK(forward.method != "GET" || delivery.body.empty(), delivery.body);
  const std::size_t query_at = forward.url.find('?');
  FUZZ_CHECK(query_at == forward.url.npos || forward.url.ends_with("?" + delivery.query) ||
                 forward.url.ends_with("&" + delivery.query),
             forward.url);
}

void check_forward(const harness::Forward& forward, const Endpoint& endpoint,
                   const harness::Delivery& delivery) {
  check_headers(forward.headers);
  check_names(forward.headers, endpoint);
  check_target(forward, delivery);
  // A key for everybody to know is no secret.
  if (!endpoint.private_key.empty()) {
    return;
  }
  for (const harness::Header& header : forward.headers) {
    for (const std::string& secret : endpoint.compiled.secrets) {
      const bool shows_secret =
          may_hold_no_secret(header.name, endpoint) && header.value.contains(secret);
      FUZZ_CHECK(!shows_secret, header.name);
    }
  }
}

/// A delivery that no secret signed has no effect and is told nothing.
void check_forged(const harness::Outcome& outcome, const Json& record, const Endpoint& endpoint,
                  const harness::Delivery& delivery) {
  FUZZ_CHECK(outcome.ledger_calls == 0 && outcome.forwards.empty(), outcome.record);
  if (record.value("verdict", "") == "handshake") {
    FUZZ_CHECK(
        property::is_open_handshake(
            {endpoint.compiled, *endpoint.scheme, endpoint.compiled.fixture.fetch}, delivery),
        outcome.record);
    return;
  }
  FUZZ_CHECK(outcome.answer->status >= 400 && outcome.answer->body.empty(), outcome.record);
}

void check_outcome(const harness::Outcome& outcome, const Endpoint& endpoint,
                   const harness::Delivery& delivery, std::uint64_t at_ms) {
  FUZZ_CHECK(outcome.answer.has_value(), "no answer");
  const Json record = check_record(outcome.record);
  check_headers(outcome.answer->headers);
  FUZZ_CHECK(outcome.answer->status >= 200 && outcome.answer->status <= 599, outcome.record);
  if (record.value("verdict", "") == "refused") {
    FUZZ_CHECK(outcome.ledger_calls == 0 && outcome.forwards.empty(), outcome.record);
  }
  for (const harness::Forward& forward : outcome.forwards) {
    check_forward(forward, endpoint, delivery);
  }
  const bool is_genuine = property::is_genuine(
      {endpoint.compiled, *endpoint.scheme, endpoint.compiled.fixture.fetch}, delivery, at_ms);
  if (!is_genuine) {
    check_forged(outcome, record, endpoint, delivery);
  }
}

void play(harness::Simulation& simulation, const ScriptedDelivery& scripted, std::uint64_t at_ms,
          const std::string& token) {
  const Endpoint& endpoint = sample_gate().endpoints()[scripted.endpoint];
  std::vector<harness::Arrival> arrivals;
  for (std::size_t copy = 0; copy < scripted.copies; ++copy) {
    arrivals.push_back({scripted.delivery, std::string(15, 'T') + token[copy]});
  }
  constexpr std::uint64_t day_ms = std::uint64_t{24} * 60 * 60 * 1000;
  const harness::Played played =
      simulation.play(arrivals, at_ms, at_ms + 4 * day_ms, scripted.script);
  FUZZ_CHECK(played.outcomes.size() == scripted.copies, "an arrival has no outcome");
  for (const harness::Outcome& outcome : played.outcomes) {
    check_outcome(outcome, endpoint, scripted.delivery, at_ms);
  }
  const bool was_accepted = std::ranges::any_of(
      played.outcomes, [](const harness::Outcome& outcome) { return outcome.ledger_calls > 0; });
  FUZZ_CHECK(played.runs.empty() || was_accepted || at_ms != scripted.at_ms, "a run of nothing");
  for (const harness::QueueRun& run : played.runs) {
    static_cast<void>(check_record(run.outcome.record));
    for (const harness::Forward& forward : run.outcome.forwards) {
      check_forward(forward, endpoint, scripted.delivery);
    }
  }
}

void run(Input input) {
  const ScriptedDelivery scripted = read_scripted(input, sample_gate());
  const Endpoint& endpoint = sample_gate().endpoints()[scripted.endpoint];
  static const auto engine = harness::make_native_engine();
  harness::Simulation simulation(*engine, endpoint.compiled.policy, endpoint.compiled.settings);
  play(simulation, scripted, scripted.at_ms, "ab");
  if (scripted.repeats > 0) {
    play(simulation, scripted, scripted.at_ms + 1000, "cd");
  }
}

}  // namespace
}  // namespace postern::fuzz

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  static_cast<void>(postern::fuzz::sample_gate());
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  postern::fuzz::run({data, size});
  return 0;
}
