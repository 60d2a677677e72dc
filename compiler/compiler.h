#pragma once

#include <toml++/toml.h>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/catalogue.h"
#include "compiler/diagnostics.h"
#include "compiler/environment.h"
#include "compiler/host_limits.h"
#include "compiler/host_needs.h"
#include "compiler/policy_reader.h"

// The policy compiler as a library: the text of a postern.toml in, the bytes of a policy file and
// diagnostics out. It opens no files and asks no environment: texts, providers and values are
// given. Beside the core it needs toml++ and fmt, and it is built with neither exceptions nor
// streams in mind, so that the same sources are a WebAssembly module without imports.
//
// Whoever writes a text can be wrong in any way. What is wrong comes as a `Diagnostic` with its
// place, never as a fault of the program; a defect of ours traps. Limits: a text has at most
// `toml_text_bytes_max` bytes and keys of `key_parts_max` parts (compiler/toml_text.h), values nest
// 256 deep (toml++), and what a policy may hold is limited in postern/policy/policy.h. The same
// input gives the same bytes and the same diagnostics, on every machine.

namespace postern::compiler {

/// A policy file, and what belongs to its slots.
struct CompiledPolicy {
  std::vector<std::byte> file;
  /// Names by slot, as they stand at the head of the file.
  std::vector<std::string> setting_names;
  /// Values by slot for `configure`: the literal secrets of a fixture. Empty for a policy, whose
  /// host reads its environment.
  std::vector<std::string> setting_values;
  HostNeeds needs;
};

/// `compile_source` compiles the `[source]` table of a fixture, and its `[gate]` if there is one.
/// Secrets are literal and may be short; the linter's advice does not apply. Gives nothing when an
/// error was reported.
[[nodiscard]] std::optional<CompiledPolicy> compile_source(const toml::table* gate,
                                                           const toml::table& source,
                                                           std::string_view name,
                                                           const HostLimits& host,
                                                           Catalogue& catalogue, Report& report);

/// `compile_policy` reads, lints and compiles the text of a postern.toml, which diagnostics call
/// `file`, for a gate on `host`. Warnings do not hinder it. Gives nothing when an error was
/// reported.
[[nodiscard]] std::optional<CompiledPolicy> compile_policy(std::string_view text,
                                                           const std::string& file, Target target,
                                                           const HostLimits& host,
                                                           Catalogue& catalogue, Report& report);

/// `compile_for_origin` compiles for development, with every destination that stands in the policy
/// replaced by a path of `origin`.
[[nodiscard]] std::optional<CompiledPolicy> compile_for_origin(
    std::string_view text, const std::string& file, std::string_view origin, const HostLimits& host,
    Catalogue& catalogue, Report& report);

/// `lint_policy` is `compile_policy` for production, and checks the values of `environment` too.
std::optional<CompiledPolicy> lint_policy(std::string_view text, const std::string& file,
                                          const Environment& environment, const HostLimits& host,
                                          Catalogue& catalogue, Report& report);

}  // namespace postern::compiler
