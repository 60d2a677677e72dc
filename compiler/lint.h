#pragma once

#include <string>
#include <vector>

#include "compiler/environment.h"
#include "compiler/policy_reader.h"

namespace postern::compiler {

/// `lint_model` reports what a policy that can be compiled should not do: see `lint.cpp` and
/// its neighbours for the rules. Values of `environment` are checked as if they stood in the
/// policy; names that it lacks are not.
void lint_model(const PolicyModel& model, const Environment& environment, Report& report);

/// `lint_delivery` is its part that looks at what is lost or repeated when something is down.
void lint_delivery(const SourceModel& source, Report& report);

/// `lint_proof` is its part that looks at what signatures leave open.
void lint_proof(const PolicyModel& model, const Environment& environment, Report& report);

/// `lint_parameters` is its part that looks at what a source's scheme leaves to it.
void lint_parameters(const PolicyModel& model, const SourceModel& source,
                     const Environment& environment, Report& report);

/// `place_of` is where the value of `key` stands, or the table's head when there is none.
[[nodiscard]] toml::source_region place_of(const toml::table& table, std::string_view key);

/// A secret whose value is known, and where it is used.
struct KnownSecret {
  const SourceModel* source;
  toml::source_region place;
  std::uint16_t slot;
  /// What the scheme makes of it; of two that are equal, each proves the other.
  std::string key;
};

/// `lint_signers` is its part that looks at the secrets by which the gate signs forwards. `known`
/// are those of senders.
void lint_signers(const PolicyModel& model, const Environment& environment,
                  const std::vector<KnownSecret>& known, Report& report);

/// `lint_secrets` is its part that looks at secrets.
void lint_secrets(const PolicyModel& model, const Environment& environment, Report& report);

}  // namespace postern::compiler
