#include <gtest/gtest.h>

#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>

#include "compiler/catalogue.h"
#include "harness/fixture/select.h"
#include "harness/host/catalogue_files.h"
#include "harness/host/disk_files.h"
#include "property/budget.h"
#include "property/fixture_gate.h"
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
  void run(std::vector<FixtureGate>& gates, std::size_t count, Tally& tally) {
    std::size_t unchanged = 0;
    while (tally.mutations < count && unchanged < 10 * count) {
      FixtureGate& gate = gates[mutator_.below(gates.size())];
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

  void judge(FixtureGate& gate, const Sample& sample, const std::string& what, Tally& tally) {
    const Endpoint endpoint{*gate.compiled, *gate.scheme, gate.script.fetch};
    const harness::Outcome outcome =
        gate.simulation
            ->deliver({{.delivery = sample.delivery, .token = std::string(16, 'T')}}, sample.at_ms,
                      gate.script)
            .front();
    ASSERT_TRUE(outcome.answer.has_value());
    const auto record = nlohmann::json::parse(outcome.record);
    const std::string reason = record.value("reason", "");
    const bool was_let_in = outcome.ledger_calls > 0 || !outcome.forwards.empty();
    tally.refused += outcome.answer->status >= 400 ? 1 : 0;
    if (is_genuine(endpoint, sample.delivery, sample.at_ms)) {
      ++tally.outcomes[was_let_in ? "genuine: let in" : "genuine: " + reason];
      if (was_let_in) {
        check_identity(gate, sample, outcome, what);
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

  /// Whoever has no key can only repeat: what is let in is an event that was let in before, or its
  /// content under another hint, which is known for a copy, and marked if it is forwarded; so is
  /// all of a source that has no identities. Not so where nothing binds the body.
  static void check_identity(const FixtureGate& gate, const Sample& sample,
                             const harness::Outcome& outcome, const std::string& what) {
    const Endpoint endpoint{*gate.compiled, *gate.scheme, gate.script.fetch};
    if (!binds_the_body(endpoint)) {
      return;
    }
    const toml::table& source = *gate.compiled->fixture.source;
    const auto record = nlohmann::json::parse(outcome.record);
    const bool is_known_event = gate.event_keys.contains(record.value("event_key", ""));
    const bool is_known_content = gate.event_keys.contains(record.value("content_key", ""));
    const bool is_told = outcome.forwards.empty() || record.value("maybe_duplicate", false);
    const bool is_known_copy = is_known_content && record.value("copy", false);
    const bool has_identity = source["identity"].value_or(std::string()) != "none";
    EXPECT_TRUE(is_known_event || ((is_known_copy || !has_identity) && is_told))
        << gate.compiled->fixture.file << ": " << what << " gave a new event: " << outcome.record
        << " of " << sample.delivery.body.substr(0, 400);
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

class Forgery : public testing::TestWithParam<std::string> {};

TEST_P(Forgery, ReachesNeitherLedgerNorOrigin) {
  const std::uint64_t seed = seed_from("POSTERN_PROPERTY_SEED", seed_default);
  const std::size_t total = count_from("POSTERN_PROPERTY_COUNT", count_default);
  const std::size_t count = total / fixture_groups().size() + 1;
  std::printf("seed %llu, %zu mutations\n", static_cast<unsigned long long>(seed), count);

  auto catalogue = harness::embedded_catalogue();
  std::vector<FixtureGate> gates;
  bool binds = true;
  for (const std::string& file :
       harness::select_fixtures(harness::disk_files(), {"fixtures/" + GetParam()}, ".toml").files) {
    FixtureGate gate = gate_of(file, catalogue);
    if (!gate.samples.empty()) {
      const Endpoint endpoint{*gate.compiled, *gate.scheme, gate.script.fetch};
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
    EXPECT_GE(tally.refused * 20, tally.mutations * 17) << "the mutations break too little";
    EXPECT_GE(tally.forged * 4, tally.mutations * 3) << "the mutations forge too little";
  }
  EXPECT_GT(tally.outcomes["genuine: let in"], 0U) << "the verifier may be calling all forged";
}

INSTANTIATE_TEST_SUITE_P(EveryProvider, Forgery, testing::ValuesIn(fixture_groups()),
                         [](const testing::TestParamInfo<std::string>& parameter) {
                           std::string name = parameter.param;
                           std::erase(name, '-');
                           return name;
                         });

}  // namespace
}  // namespace postern::property
