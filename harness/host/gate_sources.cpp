#include "harness/host/gate_sources.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "compiler/scheme_reader.h"
#include "compiler/toml_text.h"

namespace postern::harness {
namespace {

/// The setting that holds what signs, where a setting holds a public key.
constexpr std::string_view private_key_suffix = "_SIGNING_KEY";
constexpr std::string_view from_environment = "env:";

std::string text_at(const toml::table& table, std::string_view key) {
  const auto* text = table.get_as<std::string>(key);
  return text == nullptr ? std::string() : text->get();
}

std::string member_of(const nlohmann::json& json, const char* name) {
  const auto found = json.find(name);
  return found != json.end() && found->is_string() ? found->get<std::string>() : "";
}

}  // namespace

std::optional<GateSession> session_in(std::string_view text) {
  const nlohmann::json json = nlohmann::json::parse(text, nullptr, false);
  return json.is_object() ? std::optional(GateSession{.gate = member_of(json, "gate"),
                                                      .origin = member_of(json, "origin"),
                                                      .settings = member_of(json, "settings_file"),
                                                      .policy = member_of(json, "policy"),
                                                      .records = member_of(json, "records")})
                          : std::nullopt;
}

std::expected<GateSources, std::string> GateSources::read(const std::optional<GateFile>& policy,
                                                          const std::optional<GateFile>& settings,
                                                          compiler::Catalogue& catalogue) {
  GateSources sources(catalogue);
  if (policy.has_value()) {
    auto table = compiler::parse_toml(policy->text, policy->name);
    if (!table.has_value()) {
      return std::unexpected(fmt::format("{}: {}", policy->name, table.error().description()));
    }
    sources.policy_file_ = policy->name;
    sources.policy_ = std::move(*table);
  }
  if (settings.has_value()) {
    // As they are written, which is how `wrangler dev` reads them.
    compiler::EnvironmentFile values = compiler::read_environment(settings->text, {});
    if (!values.fault.empty()) {
      return std::unexpected(fmt::format("{}: {}", settings->name, values.fault));
    }
    sources.settings_ = std::move(values.written);
  }
  return sources;
}

std::string GateSources::setting(const std::string& text) const {
  if (!text.starts_with(from_environment)) {
    return text;
  }
  const auto found = settings_.find(text.substr(from_environment.size()));
  return found == settings_.end() ? std::string() : found->second;
}

std::expected<std::optional<RunningSource>, std::string> GateSources::find(
    const std::string& provider) const {
  const toml::table* sources = policy_.get_as<toml::table>("sources");
  const toml::table* chosen = nullptr;
  RunningSource source;
  if (sources == nullptr) {
    return std::nullopt;
  }
  for (const auto& [name, node] : *sources) {
    const toml::table* table = node.as_table();
    if (table == nullptr) {
      continue;
    }
    const bool is_provider = text_at(*table, "provider") == provider;
    if (is_provider || (chosen == nullptr && name.str() == provider)) {
      chosen = table;
      source.name = std::string(name.str());
    }
    if (is_provider) {
      break;
    }
  }
  if (chosen == nullptr) {
    return std::nullopt;
  }
  source.table = std::make_shared<const toml::table>(*chosen);
  source.provider = text_at(*chosen, "provider");
  source.path = text_at(*chosen, "path");
  source.address = split_address(setting(text_at(*chosen, "url")));
  if (const toml::array* secrets = chosen->get_as<toml::array>("secrets")) {
    for (const toml::node& secret : *secrets) {
      const std::string text = secret.value_or(std::string());
      source.secrets.push_back(setting(text));
      const auto key = settings_.find(text.substr(std::min(from_environment.size(), text.size())) +
                                      std::string(private_key_suffix));
      source.private_keys.push_back(key == settings_.end() ? std::string() : key->second);
    }
  }
  const auto is_read = read_scheme(source);
  if (!is_read.has_value()) {
    return std::unexpected(is_read.error());
  }
  return std::optional(std::move(source));
}

std::expected<void, std::string> GateSources::read_scheme(RunningSource& source) const {
  compiler::Report report;
  const toml::table* own = source.table->get_as<toml::table>("scheme");
  source.scheme = own == nullptr ? catalogue_->scheme_of(source.provider, report)
                                 : compiler::read_own_scheme(*own, report);
  if (own != nullptr && source.scheme == nullptr) {
    return std::unexpected(fmt::format("{}: the scheme of {} has errors, which postern lint shows",
                                       policy_file_, source.name));
  }
  return {};
}

std::vector<std::string> GateSources::providers() const {
  std::vector<std::string> names;
  if (const toml::table* sources = policy_.get_as<toml::table>("sources")) {
    for (const auto& [name, node] : *sources) {
      const std::string provider = node.is_table() ? text_at(*node.as_table(), "provider") : "";
      names.push_back(provider.empty() ? std::string(name.str()) : provider);
    }
  }
  return names;
}

}  // namespace postern::harness
