#include "harness/host/running_gate.h"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "compiler/commands/environment_file.h"
#include "compiler/toml_text.h"
#include "harness/host/read_file.h"

namespace postern::harness {
namespace {

/// The setting that holds what signs, where a setting holds a public key.
constexpr std::string_view private_key_suffix = "_SIGNING_KEY";
constexpr std::string_view from_environment = "env:";
constexpr auto record_poll = std::chrono::milliseconds(25);

/// Settings hold a PEM or two, a policy a few hundred lines, a session less than either.
std::string read_all(const std::string& file) {
  auto [text, why] = read_whole(file, file_bytes_max);
  if (!text.has_value()) {
    throw GateFilesUnreadable(fmt::format("cannot read {}: {}", file, why));
  }
  return std::move(*text);
}

/// As they are written, which is how `wrangler dev` reads them.
compiler::Values read_settings(const std::string& file) {
  if (file.empty()) {
    return {};
  }
  compiler::EnvironmentFile settings = compiler::read_environment(read_all(file), {});
  if (!settings.fault.empty()) {
    throw GateFilesUnreadable(fmt::format("{}: {}", file, settings.fault));
  }
  return std::move(settings.written);
}

/// Empty where none is named: nothing is asked of its sources then.
toml::table read_policy(const std::string& file) {
  if (file.empty()) {
    return {};
  }
  auto policy = compiler::parse_toml(read_all(file), file);
  if (!policy.has_value()) {
    throw GateFilesUnreadable(file + ": " + std::string(policy.error().description()));
  }
  return std::move(*policy);
}

/// A log that cannot be read would tell no verdict, and nobody would know why.
GateSession expect_log(GateSession session) {
  const std::string& log = session.records;
  if (!log.empty() && (access(log.c_str(), R_OK) != 0 || std::filesystem::is_directory(log))) {
    throw GateFilesUnreadable(fmt::format("cannot read {}: no log of a gate is there", log));
  }
  return session;
}

std::string text_at(const toml::table& table, std::string_view key) {
  const auto* text = table.get_as<std::string>(key);
  return text == nullptr ? std::string() : text->get();
}

/// The record within a line of a log, which may have a prefix and colours, and its delivery.
std::optional<std::pair<std::string, std::string>> record_in(const std::string& line) {
  const std::size_t begin = line.find('{');
  const std::size_t end = line.rfind('}');
  if (begin == std::string::npos || end == std::string::npos || end < begin) {
    return std::nullopt;
  }
  const std::string text = line.substr(begin, end - begin + 1);
  const nlohmann::json json = nlohmann::json::parse(text, nullptr, false);
  const bool is_record = json.is_object() && json.contains("verdict") && json.contains("delivery");
  return is_record ? std::optional(std::pair(json.value("delivery", ""), text)) : std::nullopt;
}

std::int64_t size_of(const std::string& file) {
  std::ifstream stream(file, std::ios::binary | std::ios::ate);
  return stream ? static_cast<std::int64_t>(stream.tellg()) : 0;
}

}  // namespace

std::optional<GateSession> read_session(const std::string& file) {
  if (!std::ifstream(file)) {
    return std::nullopt;
  }
  const nlohmann::json json = nlohmann::json::parse(read_all(file), nullptr, false);
  if (!json.is_object()) {
    throw GateFilesUnreadable(file + " is no session of ./dev up");
  }
  return GateSession{.gate = json.value("gate", ""),
                     .origin = json.value("origin", ""),
                     .settings = json.value("settings_file", ""),
                     .policy = json.value("policy", ""),
                     .records = json.value("records", "")};
}

RunningGate::RunningGate(GateSession session, compiler::Catalogue& catalogue)
    : session_(expect_log(std::move(session))),
      catalogue_(catalogue),
      policy_(read_policy(session_.policy)),
      settings_(read_settings(session_.settings)),
      read_bytes_(size_of(session_.records)) {}

std::string RunningGate::setting(const std::string& text) const {
  if (!text.starts_with(from_environment)) {
    return text;
  }
  const auto found = settings_.find(text.substr(from_environment.size()));
  return found == settings_.end() ? std::string() : found->second;
}

std::optional<RunningSource> RunningGate::find(const std::string& provider) const {
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
  source.scheme = scheme_of(source);
  return source;
}

std::shared_ptr<const scheme::Scheme> RunningGate::scheme_of(const RunningSource& source) const {
  compiler::Report report;
  const toml::table* own = source.table->get_as<toml::table>("scheme");
  if (own == nullptr) {
    return catalogue_.scheme_of(source.provider, report);
  }
  auto scheme = compiler::read_own_scheme(*own, report);
  if (scheme == nullptr) {
    throw GateFilesUnreadable(fmt::format(
        "{}: the scheme of {} has errors, which postern lint shows", session_.policy, source.name));
  }
  return scheme;
}

std::vector<std::string> RunningGate::providers() const {
  std::vector<std::string> names;
  if (const toml::table* sources = policy_.get_as<toml::table>("sources")) {
    for (const auto& [name, node] : *sources) {
      const std::string provider = node.is_table() ? text_at(*node.as_table(), "provider") : "";
      names.push_back(provider.empty() ? std::string(name.str()) : provider);
    }
  }
  return names;
}

std::optional<std::string> RunningGate::record_of(const HttpResponse& answer,
                                                  std::uint32_t wait_ms) const {
  const std::string delivery = answer.header("postern-delivery");
  if (delivery.empty() || session_.records.empty()) {
    return std::nullopt;
  }
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(wait_ms);
  while (true) {
    read_new_records();
    if (auto found = records_.extract(delivery); !found.empty()) {
      return std::move(found.mapped());
    }
    if (std::chrono::steady_clock::now() >= deadline) {
      return std::nullopt;
    }
    std::this_thread::sleep_for(record_poll);
  }
}

void RunningGate::read_new_records() const {
  std::ifstream log(session_.records, std::ios::binary);
  log.seekg(read_bytes_);
  for (std::string line; std::getline(log, line) && !log.eof();) {
    read_bytes_ += static_cast<std::int64_t>(line.size()) + 1;
    if (auto record = record_in(line)) {
      records_.insert(std::move(*record));
    }
  }
}

std::optional<std::size_t> RunningGate::origin_calls() const {
  if (session_.origin.empty()) {
    return std::nullopt;
  }
  const HttpResponse answer = send_http({.method = "GET",
                                         .url = session_.origin + "/_postern/calls?limit=0",
                                         .headers = {},
                                         .body = {}});
  const nlohmann::json json = nlohmann::json::parse(answer.body, nullptr, false);
  if (answer.status != 200 || !json.is_object() || !json.contains("count")) {
    throw Unreachable(session_.origin + " is no `postern origin`");
  }
  return json.at("count").get<std::size_t>();
}

void RunningGate::script_origin(const std::vector<OriginTurn>& turns) const {
  std::string words = turns.empty() ? "200" : "";
  for (const OriginTurn& turn : turns) {
    words += (words.empty() ? "" : ",") + std::to_string(turn.response.status);
  }
  const HttpResponse answer = send_http({.method = "POST",
                                         .url = session_.origin + "/_postern/script",
                                         .headers = {{"content-type", "application/json"}},
                                         .body = nlohmann::json{{"answers", words}}.dump()});
  if (answer.status != 200) {
    throw Unreachable(session_.origin + " is no `postern origin`");
  }
}

}  // namespace postern::harness
