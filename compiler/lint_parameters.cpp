#include <fmt/format.h>

#include <algorithm>

#include "compiler/lint.h"
#include "postern/scheme/challenge.h"

// What a source's scheme leaves to it and its environment has: tokens by which a sender asks, and
// words that it wants to be told.

namespace postern::compiler {
namespace {

/// A sender shows it in the open part of a request, so no delivery may be signed with it.
bool is_secret_of(const PolicyModel& model, const SourceModel& source, const std::string& value,
                  const Environment& environment) {
  return std::ranges::any_of(source.secrets, [&](const SecretModel& secret) {
    if (secret.slot == policy::Setting::no_slot) {
      return secret.literal == value;
    }
    const auto own = environment.values.find(model.settings[secret.slot].name);
    return own != environment.values.end() && own->second == value;
  });
}

}  // namespace

void lint_parameters(const PolicyModel& model, const SourceModel& source,
                     const Environment& environment, Report& report) {
  for (std::size_t i = 0; i < source.parameters.size(); ++i) {
    const ParameterModel& parameter = source.scheme->parameters[i];
    if (!source.parameters[i].has_value() ||
        source.parameters[i]->setting.slot == policy::Setting::no_slot) {
      continue;
    }
    const toml::source_region& place = source.parameters[i]->place;
    const std::string& name = model.settings[source.parameters[i]->setting.slot].name;
    const auto value = environment.values.find(name);
    if (value == environment.values.end()) {
      if (environment.is_known) {
        report.error(place, "missing-value", fmt::format("{} is not set in the environment", name),
                     "the sender's handshake would be refused");
      }
    } else if (!scheme::is_parameter_text(value->second)) {
      report.error(
          place, "bad-parameter",
          fmt::format("{} is not 1 to {} visible characters", name, scheme::parameter_bytes_max),
          parameter.meaning);
    } else if (const auto signed_by = std::ranges::find_if(
                   model.sources,
                   [&](const SourceModel& other) {
                     return is_secret_of(model, other, value->second, environment);
                   });
               signed_by != model.sources.end()) {
      report.error(place, "same-secret",
                   fmt::format("{} is a secret that signs the deliveries of source `{}`", name,
                               signed_by->source.name),
                   "what is sent in the open is another text: make one up");
    }
  }
}

}  // namespace postern::compiler
