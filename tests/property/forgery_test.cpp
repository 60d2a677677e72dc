#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>

#include "harness/engine/engine.h"
#include "harness/fixture/compiled_case.h"
#include "harness/fixture/read_fixture.h"
#include "harness/fixture/run_case.h"
#include "harness/fixture/select.h"
#include "harness/host/text_forms.h"
#include "harness/policy/catalogue.h"
#include "harness/sender/scheme_table.h"
#include "property/independent_verifier.h"
#include "property/mutator.h"

// No forged delivery reaches the ledger or an origin. Deliveries that the gate lets in are changed
// at random; an independent verifier says which of the changed ones are still genuine; for every
// other one the gate must end with a 4xx and without an effect on the world.

namespace postern::property {
namespace {

constexpr std::size_t count_default = 100'000;
constexpr std::uint64_t seed_default = 20'261'121;

/// Large bodies cost most of the time and show little more; one sample in so many is one of them.
constexpr std::size_t small_body_bytes = 4096;
constexpr std::size_t large_body_share = 64;

std::uint64_t number_from(const char* name, std::uint64_t fallback) {
  const char* text = std::getenv(name);
  return text == nullptr ? fallback : std::stoull(text);
}

/// A source with its gate, and what the gate let in of its fixture's deliveries.
struct Gate {
  std::unique_ptr<harness::CompiledCase> compiled;
  harness::World world;
  std::unique_ptr<harness::Engine> engine;
  std::unique_ptr<harness::Simulation> simulation;
  std::vector<Sample> samples;
  std::set<std::string> event_keys;
  std::vector<std::string> proof_headers;
};

void collect_headers(const toml::table& table, std::set<std::string>& names) {
  for (const auto& [key, node] : table) {
    if (const auto* name = node.as_string(); name != nullptr && key == "header") {
      names.insert(name->get());
    } else if (const toml::table* inner = node.as_table()) {
      collect_headers(*inner, names);
    }
  }
}

std::vector<std::string> proof_headers_of(const toml::table& scheme) {
  std::set<std::string> names;
  for (const toml::table* rule : harness::tables_at(scheme, "signature")) {
    collect_headers(*rule, names);
  }
  for (const std::string_view key : {"timestamp", "id"}) {
    if (const toml::table* table = harness::table_at(scheme, key)) {
      collect_headers(*table, names);
    }
  }
  return {names.begin(), names.end()};
}

std::string event_key_of(const harness::Outcome& outcome) {
  return nlohmann::json::parse(outcome.record).value("event_key", "");
}

/// The gate of one fixture; without samples where it lets nothing in.
Gate gate_of(const std::string& file, harness::Catalogue& catalogue) {
  Gate gate;
  harness::Report report;
  auto fixture = harness::read_fixture(file, report);
  auto compiled = fixture.has_value()
                      ? harness::compile_case(std::move(*fixture), catalogue, report)
                      : std::nullopt;
  if (!compiled.has_value()) {
    ADD_FAILURE() << file << " does not compile";
    return gate;
  }
  gate.compiled = std::make_unique<harness::CompiledCase>(std::move(*compiled));
  gate.world.fetch = gate.compiled->fixture.fetch;
  gate.engine = harness::make_native_engine();
  for (const harness::StepRun& step : harness::run_case(*gate.compiled, *gate.engine).steps) {
    for (std::size_t i = 0; i < step.outcomes.size(); ++i) {
      if (!step.outcomes[i].forwards.empty()) {
        gate.samples.push_back({0, step.arrivals[i].delivery, step.at_ms});
        gate.event_keys.insert(event_key_of(step.outcomes[i]));
        break;  // Copies are the same delivery.
      }
    }
  }
  gate.simulation = std::make_unique<harness::Simulation>(*gate.engine, gate.compiled->policy,
                                                          gate.compiled->settings);
  gate.proof_headers = proof_headers_of(*gate.compiled->scheme);
  return gate;
}

/// What came of the deliveries of one provider, by outcome.
struct Tally {
  std::size_t mutations = 0;
  std::size_t forged = 0;
  std::size_t refused = 0;  // Forged or not.
  std::map<std::string, std::size_t> outcomes;
};

class Campaign {
 public:
  explicit Campaign(std::uint64_t seed) : mutator_(seed) {}

  /// Changes deliveries of `gates` until `count` of them are other than before.
  void run(std::vector<Gate>& gates, std::size_t count, Tally& tally) {
    std::size_t unchanged = 0;
    while (tally.mutations < count && unchanged < 10 * count) {
      Gate& gate = gates[mutator_.below(gates.size())];
      const Sample& origin = gate.samples[mutator_.below(gate.samples.size())];
      if (origin.delivery.body.size() > small_body_bytes && mutator_.below(large_body_share) != 0) {
        ++unchanged;
        continue;
      }
      Sample sample = origin;
      const std::string what = mutator_.mutate(sample, gate.proof_headers, gate.samples);
      if (is_same(sample, origin)) {
        ++unchanged;
        continue;
      }
      ++tally.mutations;
      ASSERT_NO_FATAL_FAILURE(judge(gate, sample, what, tally))
          << gate.compiled->fixture.file << ", mutation " << tally.mutations << ": " << what;
    }
  }

 private:
  static bool is_same(const Sample& a, const Sample& b) {
    return a.at_ms == b.at_ms && a.delivery.body == b.delivery.body &&
           a.delivery.headers == b.delivery.headers && a.delivery.query == b.delivery.query &&
           a.delivery.path == b.delivery.path && a.delivery.method == b.delivery.method &&
           a.delivery.transport == b.delivery.transport;
  }

  void judge(Gate& gate, const Sample& sample, const std::string& what, Tally& tally) {
    const Endpoint endpoint{*gate.compiled, gate.world.fetch};
    const harness::Outcome outcome =
        gate.simulation
            ->deliver({{.delivery = sample.delivery, .token = std::string(16, 'T')}}, sample.at_ms,
                      gate.world)
            .front();
    ASSERT_TRUE(outcome.answer.has_value());
    const auto record = nlohmann::json::parse(outcome.record);
    const std::string reason = record.value("reason", "");
    const bool was_let_in = outcome.ledger_calls > 0 || !outcome.forwards.empty();
    tally.refused += outcome.answer->status >= 400 ? 1 : 0;
    if (is_genuine(endpoint, sample.delivery, sample.at_ms)) {
      ++tally.outcomes[was_let_in ? "genuine: let in" : "genuine: " + reason];
      if (was_let_in) {
        check_identity(gate, sample, event_key_of(outcome), what);
      }
      return;
    }
    ++tally.forged;
    ++tally.outcomes["forged: " + (reason.empty() ? record.value("verdict", "") : reason)];
    ASSERT_FALSE(was_let_in) << outcome.record;
    if (record.value("verdict", "") == "handshake") {
      ASSERT_TRUE(is_open_handshake(endpoint, sample.delivery)) << outcome.record;
      return;
    }
    ASSERT_TRUE(outcome.answer->body.empty()) << "a refusal says nothing";
    if (reason == "key_unavailable") {
      ASSERT_EQ(outcome.answer->status, 503);  // The scripted network has no key at that address.
      return;
    }
    ASSERT_GE(outcome.answer->status, 400) << outcome.record;
    ASSERT_LT(outcome.answer->status, 500) << outcome.record;
  }

  /// Whoever has no key can only repeat: what is let in is an event that was let in before. Not so
  /// where nothing binds the body, or where the policy takes an unsigned type into the identity.
  static void check_identity(const Gate& gate, const Sample& sample, const std::string& key,
                             const std::string& what) {
    const Endpoint endpoint{*gate.compiled, gate.world.fetch};
    const toml::table& source = *gate.compiled->fixture.source;
    const bool may_differ = !binds_the_body(endpoint) || source.contains("allow_events");
    const bool is_known = gate.event_keys.contains(key);
    EXPECT_TRUE(may_differ || is_known)
        << gate.compiled->fixture.file << ": " << what
        << " gave a new event: " << sample.delivery.body.substr(0, 400);
  }

  Mutator mutator_;
};

void print(const std::string& provider, const Tally& tally) {
  std::printf("%-20s %8zu mutations, %8zu forged, %8zu refused\n", provider.c_str(),
              tally.mutations, tally.forged, tally.refused);
  for (const auto& [outcome, count] : tally.outcomes) {
    std::printf("  %8zu  %s\n", count, outcome.c_str());
  }
}

std::vector<std::string> groups() {
  std::vector<std::string> names = harness::Catalogue::embedded().slugs();
  names.emplace_back("custom");  // Algorithms that no provider of the catalogue uses.
  return names;
}

class Forgery : public testing::TestWithParam<std::string> {};

TEST_P(Forgery, ReachesNeitherLedgerNorOrigin) {
  const std::uint64_t seed = number_from("POSTERN_PROPERTY_SEED", seed_default);
  const std::size_t total = number_from("POSTERN_PROPERTY_COUNT", count_default);
  const std::size_t count = total / groups().size() + 1;
  std::printf("seed %llu, %zu mutations\n", static_cast<unsigned long long>(seed), count);

  auto catalogue = harness::Catalogue::embedded();
  std::vector<Gate> gates;
  bool binds = true;
  for (const std::string& file :
       harness::select_fixtures({"fixtures/" + GetParam()}, ".toml").files) {
    Gate gate = gate_of(file, catalogue);
    if (!gate.samples.empty()) {
      const Endpoint endpoint{*gate.compiled, gate.world.fetch};
      for (const Sample& sample : gate.samples) {
        EXPECT_TRUE(is_genuine(endpoint, sample.delivery, sample.at_ms)) << file;
      }
      binds = binds && binds_the_body(endpoint);
      gates.push_back(std::move(gate));
    }
  }
  ASSERT_FALSE(gates.empty()) << "no fixture of this provider is let in";

  Tally tally;
  Campaign(seed).run(gates, count, tally);
  print(GetParam(), tally);
  EXPECT_EQ(tally.mutations, count);
  EXPECT_FALSE(tally.outcomes.empty());
  if (binds) {
    EXPECT_GE(tally.refused * 10, tally.mutations * 9) << "the mutations break too little";
    EXPECT_GE(tally.forged * 4, tally.mutations * 3) << "the mutations forge too little";
  }
  EXPECT_GT(tally.outcomes["genuine: let in"], 0U) << "the verifier may be calling all forged";
}

INSTANTIATE_TEST_SUITE_P(EveryProvider, Forgery, testing::ValuesIn(groups()),
                         [](const testing::TestParamInfo<std::string>& parameter) {
                           std::string name = parameter.param;
                           std::erase(name, '-');
                           return name;
                         });

}  // namespace
}  // namespace postern::property
