#include <fmt/format.h>

#include <algorithm>

#include "compiler/lint.h"
#include "compiler/secret_bytes.h"
#include "compiler/source_reader.h"
#include "postern/gate/forward_keys.h"

// What can be wrong with the secrets by which the gate signs forwards, and with what goes beside
// its signature.

namespace postern::compiler {
namespace {

/// Every secret that signs forwards, once: the gate's, then those of single destinations.
std::vector<PlacedSetting> all_signers(const PolicyModel& model) {
  std::vector<PlacedSetting> all;
  const auto add = [&](const std::vector<PlacedSetting>& signers) {
    for (const PlacedSetting& signer : signers) {
      const bool is_new = std::ranges::none_of(all, [&](const PlacedSetting& known) {
        return known.setting.slot == signer.setting.slot;
      });
      if (is_new) {
        all.push_back(signer);
      }
    }
  };
  add(model.signers);
  for (const SourceModel& source : model.sources) {
    for (const RouteModel& route : source.routes) {
      for (const DestinationModel& destination : route.to) {
        add(destination.signers);
      }
    }
  }
  return all;
}

/// The key of a secret that signs forwards, by the code that reads it when the gate starts.
/// Nothing, and a report, when it is none.
std::optional<std::string> lint_signer_value(const PlacedSetting& signer, const std::string& name,
                                             const Environment& environment, Report& report) {
  const auto value = environment.values.find(name);
  if (value == environment.values.end() || is_blank(value->second)) {
    report.error(signer.place, "missing-value",
                 fmt::format("{} is not set in the environment", name),
                 "every source that forwards by it would answer 503");
    return std::nullopt;
  }
  scheme::SignatureRule rule;
  rule.key = gate::forward_key_rule;
  const auto key = secret_bytes(rule, value->second);
  if (!key.has_value()) {
    const SecretFault& fault = key.error();
    report.error(signer.place, fault.code, fmt::format("{}: {}", name, fault.message), fault.hint);
    return std::nullopt;
  }
  return hmac_key(rule.algorithm, *key);
}

/// A secret that signs forwards must not be one that a sender knows.
void lint_signer(const PlacedSetting& signer, const PolicyModel& model,
                 const Environment& environment, const std::vector<KnownSecret>& known,
                 Report& report) {
  const auto shared = [&](const SourceModel& source) {
    report.error(signer.place, "shared-secret",
                 fmt::format("source `{}` has this secret too: its sender could sign for the gate",
                             source.source.name),
                 "give the gate a secret of its own");
  };
  const std::uint16_t slot = signer.setting.slot;
  for (const SourceModel& source : model.sources) {
    if (std::ranges::find(source.secrets, slot, &SecretModel::slot) != source.secrets.end()) {
      shared(source);
    }
  }
  if (!environment.is_known) {
    return;
  }
  const auto key = lint_signer_value(signer, model.settings[slot].name, environment, report);
  const auto same = std::ranges::find_if(
      known, [&](const KnownSecret& secret) { return key == secret.key && secret.slot != slot; });
  if (same != known.end()) {
    shared(*same->source);
  }
}

/// Two of one list are for rotation, so they have two values.
void lint_signer_list(const std::vector<PlacedSetting>& signers, const PolicyModel& model,
                      const Environment& environment, Report& report) {
  if (signers.size() < 2) {
    return;
  }
  const auto value_of = [&](const PlacedSetting& signer) {
    return environment.values.find(model.settings[signer.setting.slot].name);
  };
  const auto first = value_of(signers[0]);
  const auto second = value_of(signers[1]);
  const bool is_one_name = signers[0].setting.slot == signers[1].setting.slot;
  if (is_one_name || (first != environment.values.end() && second != environment.values.end() &&
                      first->second == second->second)) {
    report.error(signers[1].place, "same-secret", "this list has that secret already",
                 "the second one is for rotation: give it a name and a value of its own");
  }
}

/// Where the gate signs by a name, no list of a source brings the sender's header of that name.
void lint_names(const SourceModel& source, Report& report) {
  const bool is_signed = std::ranges::any_of(source.routes, [](const RouteModel& route) {
    return std::ranges::any_of(route.to,
                               [](const DestinationModel& to) { return !to.signers.empty(); });
  });
  for (const PlacedText& header : source.forward_headers) {
    if (is_signed && header.text.starts_with("webhook-")) {
      report.error(header.place, "reserved-header", "the gate's own signature has this name",
                   "the origin's library verifies the gate's by the gate's secret: leave it out");
    }
  }
}

}  // namespace

void lint_signers(const PolicyModel& model, const Environment& environment,
                  const std::vector<KnownSecret>& known, Report& report) {
  for (const PlacedSetting& signer : all_signers(model)) {
    lint_signer(signer, model, environment, known, report);
  }
  lint_signer_list(model.signers, model, environment, report);
  for (const SourceModel& source : model.sources) {
    lint_names(source, report);
    for (const RouteModel& route : source.routes) {
      for (const DestinationModel& destination : route.to) {
        const bool is_own = !destination.signers.empty() &&
                            (model.signers.empty() || destination.signers.front().place.begin !=
                                                          model.signers.front().place.begin);
        if (is_own) {
          lint_signer_list(destination.signers, model, environment, report);
        }
      }
    }
  }
}

}  // namespace postern::compiler
