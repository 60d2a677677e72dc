#include "compiler/policy_reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "compiler/source_reader.h"
#include "postern/policy/source_path.h"

namespace postern::compiler {
namespace {

constexpr std::uint64_t default_body_bytes_max = std::uint64_t{1} << 20;

void read_store(TableReader& reader) {
  const std::optional<std::string> store = reader.text("store");
  if (!store.has_value() || *store == "durable-object") {
    return;
  }
  const bool is_kv = *store == "kv" || *store == "workers-kv";
  reader.error("store", is_kv ? "kv-store" : "unknown-value",
               is_kv ? "KV cannot be the ledger: it has no atomic read-modify-write, and a write "
                       "takes up to a minute to be seen elsewhere, so duplicates would pass"
                     : "this is not a ledger store",
               "store = \"durable-object\"");
}

void read_gate(const toml::table& table, Target target, PolicyReading& reading) {
  TableReader reader(table, "[gate]", reading.report);
  policy::Gate& gate = reading.model.gate;
  reading.body_bytes_max =
      reader.size_bytes("max_body", policy::body_bytes_limit).value_or(default_body_bytes_max);
  gate.require_https = reader.truth("require_https").value_or(true);
  gate.allow_private_origins = reader.truth("allow_private_origins").value_or(false);
  if (!gate.require_https && target == Target::production) {
    reader.warn("require_https", "plain-http",
                "deliveries are let in over plain http, where everybody on the way can read them",
                "leave it out; `postern compile --development` is for local work");
  }
  if (target == Target::development) {
    gate.require_https = false;
    gate.allow_private_origins = true;
  }
  reading.model.signers = read_signers(reader, reading);
  read_store(reader);
  reader.finish();
}

/// The gate of a fixture: what it may say of it is what a delivery can see.
void read_fixture_gate(const toml::table& table, PolicyReading& reading) {
  TableReader reader(table, "[gate]", reading.report);
  PolicyModel& model = reading.model;
  reading.body_bytes_max =
      reader.size_bytes("max_body", policy::body_bytes_limit).value_or(default_body_bytes_max);
  model.gate.require_https = reader.truth("require_https").value_or(true);
  model.signers = read_signers(reader, reading);
  reader.finish();
}

/// A delivery is for one source at most, in whatever order they stand.
void report_duplicate_paths(const PolicyModel& model, Report& report) {
  for (std::size_t i = 0; i < model.sources.size(); ++i) {
    const SourceModel& source = model.sources[i];
    const std::string_view own = source.source.path;
    const auto earlier = std::span(model.sources).first(i);
    const auto other = std::ranges::find_if(earlier, [&](const SourceModel& one) {
      return !own.empty() &&
             (policy::takes_path(one.source.path, own) || policy::takes_path(own, one.source.path));
    });
    if (other != earlier.end()) {
      const toml::node* path = source.table->get("path");
      const bool is_same = other->source.path == own;
      report.error(path == nullptr ? source.table->source() : path->source(),
                   is_same ? "duplicate-path" : "overlapping-path",
                   fmt::format("source `{}` {}", other->source.name,
                               is_same ? "has this path already" : "takes some of the same paths"),
                   "each source has its own path");
    }
  }
}

/// Sources in the order of the file: TOML tables are sorted by name.
std::vector<std::pair<std::string_view, const toml::table*>> in_file_order(
    const toml::table& sources, Report& report) {
  std::vector<std::pair<std::string_view, const toml::table*>> ordered;
  for (const auto& [name, node] : sources) {
    if (const toml::table* table = node.as_table(); table != nullptr) {
      ordered.emplace_back(name.str(), table);
    } else {
      report.error(name.source(), "wrong-type", "a source is a table", "[sources.NAME]");
    }
  }
  std::ranges::sort(ordered, [](const auto& left, const auto& right) {
    const auto& from = left.second->source().begin;
    const auto& to = right.second->source().begin;
    return from < to;
  });
  return ordered;
}

}  // namespace

std::unique_ptr<PolicyModel> read_policy(const toml::table& document, Target target,
                                         const HostLimits& host, Catalogue& catalogue,
                                         Report& report) {
  auto model = std::make_unique<PolicyModel>();
  PolicyReading reading{.use = PolicyUse::operators,
                        .host = host,
                        .body_bytes_max = default_body_bytes_max,
                        .model = *model,
                        .catalogue = catalogue,
                        .report = report};
  TableReader reader(document, "the policy", report);
  if (!reader.has("version")) {
    report.error(document.source(), "missing-key", "the policy needs `version`", "version = 1");
  }
  static_cast<void>(reader.integer("version", 1, 1));
  const toml::table* gate = reader.table("gate");
  const toml::table no_gate;
  read_gate(gate != nullptr ? *gate : no_gate, target, reading);
  const toml::table* sources = reader.table("sources");
  if (!reader.has("sources") || (sources != nullptr && sources->empty())) {
    report.error(document.source(), "missing-key", "the policy has no source", "[sources.NAME]");
  } else if (sources != nullptr && sources->size() > policy::sources_max) {
    report.error(sources->source(), "too-many",
                 fmt::format("more than {} sources", policy::sources_max), "");
  } else if (sources != nullptr) {
    for (const auto& [name, table] : in_file_order(*sources, report)) {
      read_source(*table, name, reading);
    }
  }
  if (model->settings.size() > policy::secrets_max) {
    report.error(document.source(), "too-many",
                 fmt::format("more than {} values from the environment", policy::secrets_max), "");
  }
  report_duplicate_paths(*model, report);
  reader.finish();
  return model;
}

std::unique_ptr<PolicyModel> read_fixture_source(const toml::table* gate, const toml::table& table,
                                                 std::string_view name, const HostLimits& host,
                                                 Catalogue& catalogue, Report& report) {
  auto model = std::make_unique<PolicyModel>();
  model->gate.allow_private_origins = true;
  PolicyReading reading{.use = PolicyUse::fixture,
                        .host = host,
                        .body_bytes_max = default_body_bytes_max,
                        .model = *model,
                        .catalogue = catalogue,
                        .report = report};
  if (gate != nullptr) {
    read_fixture_gate(*gate, reading);
  }
  read_source(table, name, reading);
  return model;
}

policy::Policy finish_policy(PolicyModel& model) {
  Storage& storage = model.storage;
  std::vector<std::string_view> settings;
  for (const SettingModel& setting : model.settings) {
    settings.push_back(storage.text(setting.name));
  }
  std::vector<scheme::Scheme> schemes;
  std::vector<const SchemeModel*> known;
  std::vector<policy::Source> sources;
  for (SourceModel& source : model.sources) {
    auto scheme = std::ranges::find(known, source.scheme);
    source.source.scheme = static_cast<std::uint16_t>(scheme - known.begin());
    if (scheme == known.end()) {
      known.push_back(source.scheme);
      schemes.push_back(source.scheme->scheme);
    }
    std::vector<std::uint16_t> slots;
    for (const SecretModel& secret : source.secrets) {
      slots.push_back(secret.slot);
    }
    source.source.secrets = storage.list(std::move(slots));
    std::vector<policy::Route> routes;
    for (const RouteModel& route : source.routes) {
      routes.push_back(route.route);
    }
    source.source.routes = storage.list(std::move(routes));
    sources.push_back(source.source);
  }
  return {.gate = model.gate,
          .settings = storage.list(std::move(settings)),
          .rehearsal = {},
          .schemes = storage.list(std::move(schemes)),
          .sources = storage.list(std::move(sources))};
}

}  // namespace postern::compiler
