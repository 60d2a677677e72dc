#include "property/fixture_gate.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "harness/fixture/read_fixture.h"
#include "harness/fixture/run_case.h"
#include "harness/host/catalogue_files.h"
#include "harness/host/disk_files.h"
#include "property/scheme_table.h"

namespace postern::property {
namespace {

std::vector<std::string> proof_headers_of(const toml::table& scheme) {
  std::set<std::string> names;
  for (const toml::table* rule : tables_at(scheme, "signature")) {
    collect_headers(*rule, names);
  }
  for (const std::string_view key : {"timestamp", "id"}) {
    if (const toml::table* table = table_at(scheme, key)) {
      collect_headers(*table, names);
    }
  }
  return {names.begin(), names.end()};
}

}  // namespace

void collect_headers(const toml::table& table, std::set<std::string>& names) {
  for (const auto& [key, node] : table) {
    if (const auto* name = node.as_string(); name != nullptr && key == "header") {
      names.insert(name->get());
    } else if (const toml::table* inner = node.as_table()) {
      collect_headers(*inner, names);
    } else if (const toml::array* list = node.as_array()) {
      for (const toml::node& element : *list) {
        if (const toml::table* of_list = element.as_table()) {
          collect_headers(*of_list, names);
        }
      }
    }
  }
}

std::string event_key_of(const harness::Outcome& outcome) {
  return nlohmann::json::parse(outcome.record).value("event_key", "");
}

FixtureGate gate_of(const std::string& file, compiler::Catalogue& catalogue) {
  FixtureGate gate;
  compiler::Report report;
  auto fixture = harness::read_fixture(harness::disk_files(), file, report);
  auto compiled = fixture.has_value()
                      ? harness::compile_case(std::move(*fixture), catalogue, report)
                      : std::nullopt;
  if (!compiled.has_value()) {
    ADD_FAILURE() << file << " does not compile";
    return gate;
  }
  gate.compiled = std::make_unique<harness::CompiledCase>(std::move(*compiled));
  gate.scheme = written_scheme(*gate.compiled->fixture.source);
  gate.script.fetch = gate.compiled->fixture.fetch;
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
  gate.proof_headers = proof_headers_of(*gate.scheme);
  return gate;
}

std::vector<std::string> fixture_groups() {
  std::vector<std::string> names = harness::embedded_catalogue().slugs();
  names.emplace_back("custom");
  return names;
}

}  // namespace postern::property
