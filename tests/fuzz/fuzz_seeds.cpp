#include <cstdio>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>

#include "compiler/catalogue.h"
#include "fuzz/fuzz_check.h"
#include "fuzz/fuzz_input.h"
#include "fuzz/sample_gate.h"
#include "fuzz/scripted_delivery.h"
#include "harness/engine/engine.h"
#include "harness/fixture/select.h"
#include "harness/host/catalogue_files.h"
#include "harness/host/disk_files.h"
#include "harness/host/read_file.h"
#include "harness/host/simulation.h"

// The inputs that the targets start from: `fuzz_seeds FOLDER` writes them below FOLDER, in a folder
// for each target. Run at the root of the repository.

namespace postern::fuzz {
namespace {

namespace files = std::filesystem;

/// Makes a body one that the host hashes: more than 4 KiB.
constexpr std::uint8_t large_padding = 9;

class Seeds {
 public:
  explicit Seeds(files::path folder) : folder_(std::move(folder)) {}

  void add(const std::string& target, std::string_view bytes) {
    const files::path place = folder_ / target;
    files::create_directories(place);
    std::ofstream file(place / std::to_string(count_++), std::ios::binary);
    file << bytes;
    FUZZ_CHECK(file.good(), place.string());
  }

 private:
  files::path folder_;
  std::size_t count_ = 0;
};

/// The native engine, with an ear on what it is asked. The first byte of an input of `fuzz_frames`
/// says which call it is for.
class ListeningEngine final : public harness::Engine {
 public:
  std::set<std::string> heard;

  std::string_view name() const override { return "listening"; }
  std::string begin(std::string_view frame) override {
    hear(0, frame);
    return engine_->begin(frame);
  }
  std::string resume(std::string_view frame) override {
    hear(1, frame);
    return engine_->resume(frame);
  }
  std::string ledger(std::string_view frame) override {
    hear(2, frame);
    return engine_->ledger(frame);
  }
  std::string configure(std::string_view frame) override {
    hear(3, frame);
    return engine_->configure(frame);
  }

 private:
  void hear(std::uint8_t call, std::string_view frame) {
    heard.insert(Output().u8(call).raw(frame).bytes());
  }

  std::unique_ptr<harness::Engine> engine_ = harness::make_native_engine();
};

/// The sample with headers that must not reach an origin.
Sample with_claims(Sample sample) {
  for (const std::string_view name :
       {"postern-key", "postern-source", "postern-x", "cookie", "connection", "x-forwarded-for"}) {
    sample.delivery.headers.push_back({std::string(name), "1"});
  }
  return sample;
}

/// Worlds in which most ways through the gate are gone once.
std::vector<harness::Script> scripts(const Endpoint& endpoint) {
  std::vector<harness::Script> scripts(4);
  for (harness::Script& script : scripts) {
    script.fetch = endpoint.compiled.fixture.fetch;
  }
  scripts[1].origin = {{.kind = harness::OriginTurn::Kind::refuse}, {}};
  scripts[2].ledger.claim = scripts[2].ledger.accept = harness::LedgerFault::unavailable;
  scripts[3].origin = {
      {.response = {.status = 503, .headers = {{"retry-after", "5"}}, .body = ""}}};
  scripts[3].ledger.commit = harness::LedgerFault::unavailable;
  return scripts;
}

void add_deliveries(const SampleGate& gate, Seeds& seeds) {
  ListeningEngine engine;
  for (std::size_t i = 0; i < gate.endpoints().size(); ++i) {
    const Endpoint& endpoint = gate.endpoints()[i];
    for (const Sample& sample : endpoint.others) {
      seeds.add("fuzz_begin", input_of(i, sample, SeedSignature::of_the_sample, 0));
    }
    for (const Sample& sample : endpoint.samples) {
      const Sample claims = with_claims(sample);
      seeds.add("fuzz_begin", input_of(i, sample, SeedSignature::of_the_sample, 0));
      seeds.add("fuzz_begin", input_of(i, claims, SeedSignature::of_the_sample, 0));
      seeds.add("fuzz_begin", input_of(i, sample, SeedSignature::anew, 0));
      seeds.add("fuzz_begin", input_of(i, sample, SeedSignature::anew, large_padding));
      seeds.add("fuzz_json", Output()
                                 .u8(1)
                                 .u8(1)
                                 .u8(2)
                                 .raw("id")
                                 .u8(1)
                                 .u8(4)
                                 .raw("type")
                                 .raw(sample.delivery.body)
                                 .bytes());
      seeds.add("fuzz_form", Output().u8(0).raw(sample.delivery.body).bytes());
    }
    // Frames of another policy would go no further than its tickets.
    if (endpoint.compiled.policy != gate.policy()) {
      continue;
    }
    for (const harness::Script& script : scripts(endpoint)) {
      harness::Simulation simulation(engine, endpoint.compiled.policy, endpoint.compiled.settings);
      const Sample& sample = endpoint.samples.front();
      const harness::Arrival arrival{sample.delivery, std::string(16, 'T')};
      static_cast<void>(
          simulation.play({arrival, arrival}, sample.at_ms, sample.at_ms + 600'000, script));
    }
  }
  for (const std::string& frame : engine.heard) {
    seeds.add("fuzz_frames", frame);
  }
}

void add_policies(const SampleGate& gate, Seeds& seeds) {
  std::set<std::string> policies;
  for (const Endpoint& endpoint : gate.endpoints()) {
    policies.insert(endpoint.compiled.policy);
  }
  for (const std::string& policy : policies) {
    seeds.add("fuzz_policy_file", policy);
  }
}

/// Each chance comes of the input or follows from it: any texts do to start from.
void add_chances(Seeds& seeds) {
  for (int i = 0; i < 200; ++i) {
    seeds.add("fuzz_policy_delivery", std::to_string(i));
  }
}

/// Fixtures are no policies, but their sources and schemes are what stands in one.
void add_texts(Seeds& seeds) {
  std::vector<std::string> texts = {"postern.toml"};
  for (const std::string& file :
       harness::select_fixtures(harness::disk_files(),
                                {"fixtures/custom", "fixtures/queue", "fixtures/admission"},
                                ".toml")
           .files) {
    texts.push_back(file);
  }
  for (const std::string& file : texts) {
    const auto text = harness::read_file(file);
    FUZZ_CHECK(text.has_value(), file);
    seeds.add("fuzz_postern_toml", Output().u8(0).raw(*text).bytes());
  }
  for (const harness::ProviderText& provider : harness::embedded_providers()) {
    seeds.add("fuzz_postern_toml", Output().u8(1).raw(provider.text).bytes());
  }
}

/// UTF-8 of a character of three bytes or two.
std::string utf8_of(unsigned character) {
  const auto tail = [](unsigned bits) { return static_cast<char>(0x80U | (bits & 0x3FU)); };
  if (character < 0x800) {
    return {static_cast<char>(0xC0U | (character >> 6)), tail(character)};
  }
  return {static_cast<char>(0xE0U | (character >> 12)), tail(character >> 6), tail(character)};
}

/// A parser looks up in tables what a character beyond ASCII is: some of every row, where only a
/// key, white space or an end may stand. Surrogates are none, and are among them.
void add_characters(Seeds& seeds) {
  for (unsigned character = 0x80; character <= 0xFFFF; character += 239) {
    const std::string text = utf8_of(character);
    for (const std::string& policy :
         {"[a" + text + "]\n", text + " = 1\n", "a = 1" + text + "\n"}) {
      seeds.add("fuzz_postern_toml", Output().u8(0).raw(policy).bytes());
    }
  }
}

void add_texts_of_strangers(Seeds& seeds) {
  for (const std::string_view url : {"https://hooks.example.com:8443/hooks/twilio?a=1&b=2",
                                     "http://user:pw@127.0.0.1/", "https://[2001:db8::1]/x"}) {
    seeds.add("fuzz_form", Output().u8(1).raw(url).bytes());
  }
  for (const std::string_view address :
       {"203.0.113.9", "2001:db8::1", "::ffff:192.0.2.1", "1:2:3:4:5:6:7:8", "::"}) {
    seeds.add("fuzz_form", Output().u8(2).raw(address).bytes());
  }
  seeds.add("fuzz_form", Output().u8(3).raw("\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80").bytes());
}

}  // namespace
}  // namespace postern::fuzz

int main(int count, char** arguments) {
  if (count != 2) {
    std::fputs("usage: fuzz_seeds FOLDER\n", stderr);
    return 2;
  }
  using namespace postern::fuzz;
  const SampleGate gate;
  Seeds seeds(arguments[1]);
  add_deliveries(gate, seeds);
  add_policies(gate, seeds);
  add_chances(seeds);
  add_texts(seeds);
  add_characters(seeds);
  add_texts_of_strangers(seeds);
  return 0;
}
