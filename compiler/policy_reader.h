#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/catalogue.h"
#include "compiler/host_limits.h"
#include "compiler/scheme_reader.h"
#include "postern/policy/policy.h"

namespace postern::compiler {

/// Where a policy comes from decides what may stand in it.
enum class PolicyUse : std::uint8_t {
  operators,  // postern.toml: secrets come from the environment.
  fixture,    // The `[source]` of a fixture: secrets are literal test values, routes optional.
};

/// What the gate is compiled for.
enum class Target : std::uint8_t {
  production,
  development,  // Plain http is let in, and origins may be private.
};

/// One value that the host gives to the module, by slot.
struct SettingModel {
  std::string name;
  /// Literal in a fixture; in a policy, known only to a linter that was shown the environment.
  std::optional<std::string> value;
};

/// A text of the policy that may come from the environment, with its place.
struct PlacedSetting {
  policy::Setting setting;
  toml::source_region place;
};

/// Where a route forwards to, and the secrets that sign what goes there, its own or the gate's.
struct DestinationModel : PlacedSetting {
  std::vector<PlacedSetting> signers;
};

/// A route with what the linter needs to know about its text.
struct RouteModel {
  policy::Route route;
  const toml::table* table = nullptr;
  std::vector<PlacedText> events;
  std::vector<DestinationModel> to;
  std::optional<std::uint64_t> lease_ms;
};

/// A secret of a source: a slot, or a literal that should not be there.
struct SecretModel {
  std::uint16_t slot = policy::Setting::no_slot;
  std::string literal;
  toml::source_region place;
};

struct SourceModel {
  /// `source.routes` and `source.secrets` are filled when the policy is finished.
  policy::Source source;
  const toml::table* table = nullptr;
  /// Of the catalogue or of the model; `PolicyModel::unknown_scheme` where none could be found.
  const SchemeModel* scheme = nullptr;
  bool insecure = false;
  /// What the source says of its proof, so that lint need not.
  std::optional<scheme::Proof> accepted_proof;
  /// The same of facts that one source has told.
  bool accepts_one_source = false;
  /// Slots of the environment's; of tenants', all that one of them may have.
  std::vector<SecretModel> secrets;
  bool has_tenants = false;
  std::vector<PlacedText> allow_events;
  std::vector<PlacedText> forward_headers;
  /// Where the ranges of `source.allow_addresses` stand.
  std::vector<toml::source_region> allow_addresses;
  std::optional<PlacedSetting> url;
  /// By the scheme's numbers; nothing for what the source does not say.
  std::vector<std::optional<PlacedSetting>> parameters;
  std::vector<RouteModel> routes;
};

/// A policy in the making. Borrows from the TOML document and the catalogue that it was read from.
struct PolicyModel {
  policy::Gate gate;
  /// Secrets that sign what goes to destinations without their own.
  std::vector<PlacedSetting> signers;
  std::vector<SettingModel> settings;
  std::vector<SourceModel> sources;
  std::deque<SchemeModel> own_schemes;
  /// Of sources whose scheme cannot be found, so that all else that they say is read. Not
  /// `is_known`.
  SchemeModel unknown_scheme;
  Storage storage;
};

/// `read_policy` reads a whole postern.toml, for a gate on `host`.
[[nodiscard]] std::unique_ptr<PolicyModel> read_policy(const toml::table& document, Target target,
                                                       const HostLimits& host, Catalogue& catalogue,
                                                       Report& report);

/// `read_fixture_source` reads the `[source]` of a fixture as the only source of a policy: `path`
/// defaults to `/hooks/NAME`, and without routes everything goes to `https://origin.test/`. `gate`
/// is the fixture's `[gate]`, or null.
[[nodiscard]] std::unique_ptr<PolicyModel> read_fixture_source(
    const toml::table* gate, const toml::table& table, std::string_view name,
    const HostLimits& host, Catalogue& catalogue, Report& report);

/// `finish_policy` makes the views that the codec writes; call it once, when nothing was reported.
/// Borrows: from `model`.
[[nodiscard]] policy::Policy finish_policy(PolicyModel& model);

}  // namespace postern::compiler
