#include <cstdint>
#include <string>
#include <vector>

#include "compiler/compiler.h"
#include "fuzz/fuzz_check.h"
#include "fuzz/fuzz_input.h"
#include "harness/contract/hosts.h"
#include "harness/engine/engine.h"
#include "harness/host/catalogue_files.h"
#include "harness/host/frames.h"
#include "postern/base/arena.h"
#include "postern/policy/policy_codec.h"

// Texts of any kind to the policy compiler: a report that says what is wrong and where, or a policy
// that the module reads.

namespace postern::fuzz {
namespace {

/// A policy is a page or two; above, only time is spent.
constexpr std::size_t text_bytes_max = 1 << 16;

void check_report(const compiler::Report& report, std::string_view text) {
  const auto diagnostics = report.sorted();
  for (const compiler::Diagnostic& diagnostic : diagnostics) {
    FUZZ_CHECK(!diagnostic.code.empty() && !diagnostic.message.empty(), text);
    FUZZ_CHECK(diagnostic.width >= 1, diagnostic.message);
  }
  FUZZ_CHECK(!as_json(diagnostics).empty(), text);
  FUZZ_CHECK(diagnostics.empty() == as_text(diagnostics, compiler::Colour::always).empty(), text);
}

void check_policy(const compiler::CompiledPolicy& compiled) {
  const std::string file(text_of(Bytes(compiled.file)));
  FUZZ_CHECK(harness::setting_names(file) == compiled.setting_names, "the head reads otherwise");
  const auto engine = harness::make_native_engine();
  const std::vector<std::string> values(compiled.setting_names.size(), "whsec_a-value-1234567890");
  FUZZ_CHECK(!engine->configure(harness::encode_configure(file, values)).empty(),
             "what compiles configures");
}

void run(Input input) {
  static compiler::Catalogue catalogue = harness::embedded_catalogue();
  const auto target =
      input.u8() % 2 == 0 ? compiler::Target::production : compiler::Target::development;
  const std::string_view text = input.rest();
  if (text.size() > text_bytes_max) {
    return;
  }
  compiler::Report report;
  const auto compiled = compiler::compile_policy(text, "postern.toml", target,
                                                 harness::cloudflare_limits, catalogue, report);
  FUZZ_CHECK(compiled.has_value() == (report.errors() == 0), text);
  check_report(report, text);
  if (compiled.has_value()) {
    check_policy(*compiled);
  }
}

}  // namespace
}  // namespace postern::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  postern::fuzz::run({data, size});
  return 0;
}
