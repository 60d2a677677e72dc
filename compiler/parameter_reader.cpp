#include "compiler/parameter_reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "compiler/source_reader.h"
#include "postern/scheme/challenge.h"

namespace postern::compiler {
namespace {

constexpr std::size_t name_bytes_max = 64;

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= name_bytes_max &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string_view::npos;
}

/// What stands in the policy itself, which a secret may not; a fixture's are literal.
void check_literal(const ParameterModel& parameter, const PlacedText& value,
                   PolicyReading& reading) {
  if (!scheme::is_parameter_text(value.text)) {
    reading.report.error(
        value.place, "bad-parameter",
        fmt::format("this is not 1 to {} visible characters", scheme::parameter_bytes_max),
        parameter.meaning);
  } else if (parameter.is_compared && reading.use == PolicyUse::operators) {
    reading.report.error(
        value.place, "literal-secret", "a secret stands in the policy",
        fmt::format("put it into the environment: {} = \"env:NAME\"", parameter.name));
  }
}

std::optional<PlacedSetting> read_value(TableReader& reader, const ParameterModel& parameter,
                                        PolicyReading& reading) {
  std::optional<std::string> text = reader.text(parameter.name);
  if (!text.has_value()) {
    return std::nullopt;
  }
  PlacedText value{std::move(*text), reader.place(parameter.name)};
  if (!value.text.starts_with("env:")) {
    check_literal(parameter, value, reading);
  } else if (reading.use == PolicyUse::fixture) {
    reading.report.error(value.place, "env-in-fixture",
                         "a fixture carries its values, so that it runs the same everywhere",
                         "write the test value itself");
  }
  if (parameter.is_compared && reading.use == PolicyUse::fixture) {
    const std::uint16_t slot =
        add_setting(fmt::format("FIXTURE_PARAMETER_{}", reading.model.settings.size()), value.text,
                    reading.model);
    return PlacedSetting{.setting = {.text = {}, .slot = slot}, .place = value.place};
  }
  return make_setting(std::move(value), parameter.name, reading);
}

/// No message shows what stands there, under whatever key, but for what a reply tells anybody.
void hide_values(const toml::table& table, const Parameters& parameters, Report& report) {
  for (const auto& [key, node] : table) {
    const auto known = std::ranges::find(parameters, key.str(), &ParameterModel::name);
    const bool is_told = known != parameters.end() && known->is_told && !known->is_compared;
    const auto* text = node.as_string();
    if (!is_told && !(text != nullptr && text->get().starts_with("env:"))) {
      report.add_secret_place(node.source());
    }
  }
}

}  // namespace

Parameters read_parameters(TableReader& parent) {
  Parameters parameters;
  const toml::table* table = parent.table("parameters");
  if (table == nullptr) {
    return parameters;
  }
  TableReader reader(*table, "`parameters`", parent.report());
  for (const auto& [key, node] : *table) {
    const std::string name(key.str());
    std::string meaning = reader.required_text(name, "what an operator has to know of it");
    if (!is_name(name)) {
      reader.error(name, "bad-name", "this is not a name of a parameter",
                   fmt::format("1 to {} of a-z, 0-9 and \"_\"", name_bytes_max));
    }
    parameters.push_back({.name = name, .meaning = std::move(meaning), .place = node.source()});
  }
  if (parameters.size() > scheme::parameters_max) {
    parent.error("parameters", "too-many",
                 fmt::format("more than {} parameters", scheme::parameters_max), "");
  }
  reader.finish();
  return parameters;
}

std::optional<std::uint8_t> find_parameter(const Parameters& parameters, std::string_view name,
                                           const toml::source_region& place, Report& report) {
  const auto found = std::ranges::find(parameters, name, &ParameterModel::name);
  if (found == parameters.end()) {
    report.error(place, "unknown-parameter", fmt::format("no parameter `{}` here", name),
                 fmt::format("a challenge of a scheme whose [parameters] say what it is: {} = "
                             "\"...\"",
                             name));
    return std::nullopt;
  }
  return static_cast<std::uint8_t>(found - parameters.begin());
}

void check_parameters(const Parameters& parameters, Report& report) {
  for (const ParameterModel& parameter : parameters) {
    if (!parameter.is_compared && !parameter.is_told) {
      report.error(parameter.place, "unused-parameter", "nothing uses this parameter",
                   "a condition with `parameter`, or {parameter:NAME} in a reply");
    } else if (parameter.is_compared && parameter.is_told) {
      report.error(parameter.place, "told-parameter",
                   "a reply tells what a condition asks for: whoever is told it once can ask",
                   "two parameters, of which the secret one is compared");
    }
  }
}

void read_source_parameters(TableReader& parent, SourceModel& source, PolicyReading& reading) {
  const Parameters& parameters = source.scheme->parameters;
  const toml::table* table = parent.table("parameters");
  if (reading.use == PolicyUse::operators && table != nullptr) {
    hide_values(*table, parameters, reading.report);
  } else if (reading.use == PolicyUse::operators && parent.has("parameters")) {
    reading.report.add_secret_place(parent.place("parameters"));  // Of another type.
  }
  if (table != nullptr && parameters.empty()) {
    if (is_known(*source.scheme)) {
      parent.error("parameters", "unused-key",
                   "`parameters` has no effect: this scheme leaves nothing to the source",
                   "leave it out");
    }
    return;
  }
  const toml::table none;
  TableReader reader(table == nullptr ? none : *table, "`parameters`", parent.report());
  std::vector<policy::Setting> values;
  for (const ParameterModel& parameter : parameters) {
    auto value = read_value(reader, parameter, reading);
    if (!reader.has(parameter.name) && reading.use == PolicyUse::operators) {
      parent.warn(
          "parameters", "missing-parameter",
          fmt::format("the sender's handshake is refused: this source does not say `{}`, {}",
                      parameter.name, parameter.meaning),
          fmt::format("parameters = {{ {} = \"env:NAME\" }}", parameter.name));
    }
    values.push_back(value.has_value() ? value->setting : policy::Setting{});
    source.parameters.push_back(std::move(value));
  }
  source.source.parameters = reading.model.storage.list(std::move(values));
  reader.finish();
}

}  // namespace postern::compiler
