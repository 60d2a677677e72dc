#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "compiler/catalogue.h"
#include "harness/engine/engine.h"
#include "harness/fixture/compiled_case.h"
#include "harness/host/script.h"
#include "harness/host/simulation.h"
#include "property/mutator.h"

namespace postern::property {

/// A source with its gate, and what the gate let in of its fixture's deliveries.
struct FixtureGate {
  std::unique_ptr<harness::CompiledCase> compiled;
  /// As it is written, for the second reader.
  std::shared_ptr<const toml::table> scheme;
  harness::Script script;
  std::unique_ptr<harness::Engine> engine;
  std::unique_ptr<harness::Simulation> simulation;
  std::vector<Sample> samples;
  std::set<std::string> event_keys;
  /// Headers that prove something: of signatures, the time and the id.
  std::vector<std::string> proof_headers;
};

/// `gate_of` is the gate of one fixture; without samples where it lets nothing in.
[[nodiscard]] FixtureGate gate_of(const std::string& file, compiler::Catalogue& catalogue);

/// `collect_headers` adds the name of every header that `table` names, however deep.
void collect_headers(const toml::table& table, std::set<std::string>& names);

/// `event_key_of` reads the decision record; empty where it has none.
[[nodiscard]] std::string event_key_of(const harness::Outcome& outcome);

/// The providers of the catalogue, and `custom`: algorithms that none of them uses. Each has a
/// folder of fixtures.
[[nodiscard]] std::vector<std::string> fixture_groups();

}  // namespace postern::property
