#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/compiler.h"
#include "compiler/toml_text.h"
#include "harness/contract/hosts.h"
#include "harness/host/catalogue_files.h"
#include "postern/base/arena.h"
#include "postern/policy/policy_codec.h"

namespace postern::harness {

inline constexpr std::string_view providers_folder = "tests/lint/providers";

/// Compiles the `[source]` of a fixture, and reads it back as the module does.
class Fixture {
 public:
  explicit Fixture(std::string_view source) {
    compiler::Catalogue catalogue = read_catalogue(providers_folder, report_);
    report_.add_text("fixture.toml", source);
    const toml::table document = compiler::parse_toml(source, "fixture.toml").value();
    compiled_ = compiler::compile_source(nullptr, *document["source"].as_table(), "case",
                                         cloudflare_limits, catalogue, report_);
    if (compiled_.has_value()) {
      storage_.resize(policy::policy_arena_bytes(compiled_->file.size()));
      Arena arena(storage_);
      decoded_ = *policy::decode(compiled_->file, arena);
    }
  }

  [[nodiscard]] bool is_compiled() const { return compiled_.has_value(); }
  [[nodiscard]] const compiler::CompiledPolicy& compiled() const { return *compiled_; }
  [[nodiscard]] const policy::Policy& policy() const { return decoded_; }
  [[nodiscard]] const policy::Source& source() const { return decoded_.sources[0]; }
  [[nodiscard]] std::vector<std::string> codes() const {
    std::vector<std::string> codes;
    for (const compiler::Diagnostic& diagnostic : report_.sorted()) {
      codes.push_back(diagnostic.code);
    }
    return codes;
  }

 private:
  compiler::Report report_;
  std::vector<std::byte> storage_;
  std::optional<compiler::CompiledPolicy> compiled_;
  policy::Policy decoded_;
};

}  // namespace postern::harness
