#pragma once

#include <toml++/toml.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "compiler/catalogue.h"
#include "compiler/diagnostics.h"
#include "harness/engine/engine.h"
#include "harness/fixture/compiled_case.h"
#include "harness/fixture/run_case.h"
#include "harness/host/catalogue_files.h"
#include "harness/host/frames.h"

namespace postern::fuzz {

/// A genuine delivery, and when it comes.
struct Sample {
  harness::Delivery delivery;
  std::uint64_t at_ms = 0;
};

/// A source with its policy, its secrets in the clear, and deliveries that it lets in.
struct Endpoint {
  /// `fixture.source` is what the independent verifier reads, and this scheme of it.
  harness::CompiledCase compiled;
  std::shared_ptr<const toml::table> scheme;
  std::string path;
  /// The private half of `compiled.secrets`, where the fuzzer made the pair; may be empty.
  std::string private_key;
  std::vector<Sample> samples;
  /// Its provider's handshakes, and what comes instead of them.
  std::vector<Sample> others;
};

/// Every source of postern.toml, all in one policy, and the sources of fixtures that show what it
/// has not: other algorithms, queues, limits. Their order is the same in every run.
class SampleGate {
 public:
  /// Reads postern.toml and fixtures/ below the folder that it is run in. Ends the program where
  /// one does not compile, and where a sample that must be let in is not.
  SampleGate();

  [[nodiscard]] const std::vector<Endpoint>& endpoints() const { return endpoints_; }

  /// The compiled postern.toml, and its settings' values.
  [[nodiscard]] const std::string& policy() const { return policy_; }
  [[nodiscard]] const std::vector<std::string>& settings() const { return settings_; }

 private:
  void read_fixtures();
  void read_policy();
  void add_fixture(const std::string& file);
  [[nodiscard]] std::vector<harness::StepRun> play_fixture(const std::string& file,
                                                           harness::CompiledCase& compiled);
  [[nodiscard]] Endpoint endpoint_of(const toml::table& source) const;
  void compile(const std::string& text, const std::map<std::string, std::string>& environment);

  compiler::Report report_;
  compiler::Catalogue catalogue_ = harness::embedded_catalogue();
  std::map<std::string, std::size_t> by_provider_;
  std::vector<Endpoint> endpoints_;
  std::string policy_;
  std::vector<std::string> settings_;
};

}  // namespace postern::fuzz
