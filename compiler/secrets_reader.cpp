#include "compiler/secrets_reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "compiler/source_reader.h"
#include "postern/contract/numbers.h"
#include "postern/scheme/verify.h"

namespace postern::compiler {
namespace {

/// What `secrets` says where each delivery's are its tenant's, whom the host asks for.
constexpr std::string_view per_tenant = "per-tenant";

/// How many secrets a source may have before the core has no room to try them all.
std::size_t secrets_limit(const SchemeModel& scheme) {
  const std::size_t trials = std::max<std::size_t>(1, scheme::trials_of(scheme.scheme));
  const std::size_t checks = std::max<std::size_t>(1, scheme::checks_of(scheme.scheme));
  return std::min(
      {policy::source_secrets_max, scheme::trials_max / trials, scheme::checks_max / checks});
}

/// Slots that no environment has a name for: a host fills them for each tenant.
void read_tenants(TableReader& reader, SourceModel& source, PolicyReading& reading) {
  if (reader.text("secrets").value_or(std::string{}) != per_tenant ||
      reading.use == PolicyUse::fixture) {
    reader.error(
        "secrets", "bad-secrets", "this says nothing of where the secrets are",
        "secrets = [\"env:NAME\"], or \"per-tenant\" where an application is asked for them");
    return;
  }
  const std::string name = fmt::format("{}{}:{}", contract::tenant_setting_prefix,
                                       source.source.name, source.source.path);
  for (std::size_t i = 0; i < secrets_limit(*source.scheme); ++i) {
    source.secrets.push_back({.slot = add_setting(name, std::nullopt, reading.model),
                              .literal = {},
                              .place = reader.place("secrets")});
  }
  source.has_tenants = true;
}

/// Every secret is tried by every signature of the scheme, in every spelling of the URL; the core
/// has room for `trials_max` of them.
void check_trials(TableReader& reader, const SourceModel& source) {
  const std::size_t trials = source.secrets.size() * scheme::trials_of(source.scheme->scheme);
  if (trials > scheme::trials_max) {
    reader.error("secrets", "too-many",
                 fmt::format("secrets times signatures of the scheme are {}, over {}", trials,
                             scheme::trials_max),
                 "retire a secret");
  }
  const std::size_t checks = source.secrets.size() * scheme::checks_of(source.scheme->scheme);
  if (checks > scheme::checks_max) {
    reader.error("secrets", "too-many",
                 fmt::format("secrets times public-key checks of the scheme are {}, over {}",
                             checks, scheme::checks_max),
                 "retire a secret");
  }
}

}  // namespace

void read_secrets(TableReader& reader, SourceModel& source, PolicyReading& reading) {
  if (const toml::node* node = reader.find("secrets"); node != nullptr && node->is_string()) {
    read_tenants(reader, source, reading);
    return;
  }
  const auto texts = reader.texts("secrets", policy::source_secrets_max);
  if (!reader.has("secrets")) {
    reading.report.error(reader.here(), "missing-key", "a source needs `secrets`",
                         "secrets = [\"env:NAME\"]");
  }
  for (const PlacedText& text : texts.value_or(std::vector<PlacedText>{})) {
    SecretModel secret{.slot = policy::Setting::no_slot, .literal = {}, .place = text.place};
    if (const auto slot = environment_slot(text, reading); slot.has_value()) {
      secret.slot = *slot;
    } else {
      reading.report.add_secret_place(text.place);
      secret.literal = text.text;
    }
    if (secret.slot == policy::Setting::no_slot && is_blank(text.text)) {
      reading.report.error(text.place, "empty-secret", "a secret is empty",
                           "everybody knows the empty secret");
    } else if (reading.use == PolicyUse::fixture && text.text.starts_with("env:")) {
      reading.report.error(text.place, "env-in-fixture",
                           "a fixture carries its secrets, so that it runs the same everywhere",
                           "write the test value itself");
    } else if (reading.use == PolicyUse::fixture) {
      secret.slot = add_setting(fmt::format("FIXTURE_SECRET_{}", reading.model.settings.size()),
                                text.text, reading.model);
    }
    source.secrets.push_back(std::move(secret));
  }
  check_trials(reader, source);
}

}  // namespace postern::compiler
