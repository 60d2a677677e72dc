#include "harness/policy/host_needs.h"

#include <fmt/format.h>

#include <algorithm>

#include "harness/policy/source_reader.h"
#include "harness/policy/toml_text.h"

namespace postern::harness {
namespace {

std::string_view word_of(scheme::KeyForm form) {
  switch (form) {
    case scheme::KeyForm::hex:
      return "hex";
    case scheme::KeyForm::base64:
      return "base64";
    case scheme::KeyForm::pem:
      return "pem";
    case scheme::KeyForm::spki:
      return "spki";
    case scheme::KeyForm::fetched:
      return "fetched";
    default:
      return "utf8";
  }
}

std::vector<KeyNeed> keys_of(const SchemeModel& model) {
  std::vector<KeyNeed> keys;
  for (const scheme::SignatureRule& rule : model.scheme.signatures) {
    keys.push_back({.algorithm = std::string(name_of(rule.algorithm)),
                    .form = std::string(word_of(rule.key.form)),
                    .prefix = std::string(rule.key.prefix),
                    .bytes_min = rule.key.bytes_min,
                    .bytes_max = rule.key.bytes_max});
  }
  return keys;
}

/// Notes the first use of each slot.
class Uses {
 public:
  explicit Uses(std::vector<ValueNeed>& values) : values_(values), is_known_(values.size()) {}

  void note(std::uint16_t slot, ValueKind kind, const SourceModel& source) {
    if (slot == policy::Setting::no_slot || is_known_[slot]) {
      return;
    }
    is_known_[slot] = true;
    ValueNeed& value = values_[slot];
    value.kind = kind;
    value.source = std::string(source.source.name);
    value.path = std::string(source.source.path);
    value.provider = source.scheme->slug;
    if (kind == ValueKind::secret) {
      value.keys = keys_of(*source.scheme);
    }
  }

 private:
  std::vector<ValueNeed>& values_;
  std::vector<bool> is_known_;
};

/// `https://api.example.com/hooks` at `http://127.0.0.1:8788` is
/// `http://127.0.0.1:8788/api.example.com/hooks`: different destinations stay different.
std::string redirected(std::string_view destination, std::string_view origin) {
  constexpr std::string_view secure = "https://";
  constexpr std::string_view plain = "http://";
  const bool is_secure = destination.starts_with(secure);
  std::string_view rest = destination;
  rest.remove_prefix(std::min(rest.size(), is_secure ? secure.size() : plain.size()));
  return fmt::format("{}/{}{}", origin, is_secure ? "" : "http/", rest);
}

/// What a wrangler.toml has, for what is looked for.
class WranglerFile {
 public:
  explicit WranglerFile(const toml::table& document) : document_(document) {}

  /// Texts at `key` of the tables in the list `path`, such as `durable_objects.bindings`.
  [[nodiscard]] std::set<std::string> texts(std::string_view path, std::string_view key) const {
    std::set<std::string> found;
    for_each_table(path, [&](const toml::table& table) {
      if (const auto text = table[key].value<std::string>()) {
        found.insert(*text);
      }
    });
    return found;
  }

  template <class Visit>
  void for_each_table(std::string_view path, const Visit& visit) const {
    if (const toml::array* list = document_.at_path(path).as_array()) {
      for (const toml::node& node : *list) {
        if (const toml::table* table = node.as_table()) {
          visit(*table);
        }
      }
    }
  }

  /// Nothing where the Worker sees every value that it was given.
  [[nodiscard]] std::optional<std::set<std::string>> required_secrets() const {
    const toml::array* list = document_.at_path("secrets.required").as_array();
    if (list == nullptr) {
      return std::nullopt;
    }
    std::set<std::string> names;
    for (const toml::node& node : *list) {
      names.insert(node.value_or(std::string()));
    }
    return names;
  }

 private:
  const toml::table& document_;
};

void lint_required(const HostNeeds& needs, const WranglerFile& wrangler, const std::string& file,
                   Report& report) {
  const auto required = wrangler.required_secrets();
  if (!required.has_value()) {
    return;
  }
  std::set<std::string> wanted;
  for (const ValueNeed& value : needs.values) {
    wanted.insert(value.name);
    if (!required->contains(value.name)) {
      report.file_warning(file, "missing-required-secret",
                          fmt::format("the policy reads {}, which `[secrets] required` lacks, so "
                                      "that the Worker does not get it",
                                      value.name),
                          "add it there: `postern compile FILE --names` prints all");
    }
  }
  for (const std::string& name : *required) {
    if (!wanted.contains(name) && !name.starts_with("POSTERN_ADMIN_")) {
      report.file_warning(
          file, "unused-required-secret",
          fmt::format("`[secrets] required` has {}, which the policy does not read", name),
          "no deployment succeeds without a value for it: take it out");
    }
  }
}

void lint_counters(const HostNeeds& needs, const WranglerFile& wrangler, const std::string& file,
                   Report& report) {
  const std::set<std::string> bound = wrangler.texts("ratelimits", "name");
  for (const std::string& name : needs.rate_bindings) {
    if (!bound.contains(name)) {
      report.file_warning(file, "missing-rate-limit",
                          fmt::format("a rate limit counts in {}, which is not bound: it limits "
                                      "nothing",
                                      name),
                          "add a table [[ratelimits]] of that name: docs/POLICY.md");
    }
  }
  wrangler.for_each_table("ratelimits", [&](const toml::table& table) {
    const std::string name = table["name"].value_or(std::string());
    const auto limit = table["simple"]["limit"].value_or(std::int64_t{0});
    const auto period = table["simple"]["period"].value_or(std::int64_t{0});
    if (needs.rate_bindings.contains(name) && name != fmt::format("RATE_{}_{}", limit, period)) {
      report.file_warning(file, "other-rate-limit",
                          fmt::format("{} is bound to {} requests in {} s", name, limit, period),
                          "its name says what the policy counts by it");
    }
  });
}

}  // namespace

std::string_view name_of(ValueKind kind) {
  switch (kind) {
    case ValueKind::secret:
      return "secret";
    case ValueKind::url:
      return "url";
    case ValueKind::destination:
      return "destination";
    case ValueKind::signing:
      return "signing";
  }
  return "";
}

HostNeeds needs_of(const PolicyModel& model) {
  HostNeeds needs;
  for (const SettingModel& setting : model.settings) {
    needs.values.push_back({.name = setting.name,
                            .kind = ValueKind::signing,
                            .source = "",
                            .provider = "",
                            .path = "",
                            .keys = {}});
  }
  Uses uses(needs.values);
  for (const SourceModel& source : model.sources) {
    for (const SecretModel& secret : source.secrets) {
      uses.note(secret.slot, ValueKind::secret, source);
    }
    if (source.url.has_value()) {
      uses.note(source.url->setting.slot, ValueKind::url, source);
    }
    for (const RouteModel& route : source.routes) {
      for (const PlacedSetting& to : route.to) {
        uses.note(to.setting.slot, ValueKind::destination, source);
      }
      needs.queue = needs.queue || route.route.deliver == policy::Deliver::queue;
    }
    needs.queue = needs.queue || source.source.on_ledger_down == policy::LedgerDown::queue;
    if (const policy::RateLimit& limit = source.source.rate_limit;
        limit.by != policy::LimitBy::none) {
      needs.rate_bindings.insert(fmt::format("RATE_{}_{}", limit.requests, limit.period_seconds));
    }
  }
  return needs;
}

std::size_t redirect_destinations(PolicyModel& model, std::string_view origin) {
  std::size_t count = 0;
  for (SourceModel& source : model.sources) {
    for (RouteModel& route : source.routes) {
      for (DestinationModel& to : route.to) {
        if (to.setting.slot == policy::Setting::no_slot) {
          to.setting.text = model.storage.text(redirected(to.setting.text, origin));
          ++count;
        }
      }
      route.route.to = make_destinations(route.to, model.storage);
    }
  }
  return count;
}

void lint_wrangler(const HostNeeds& needs, std::string_view text, const std::string& file,
                   Report& report) {
  toml::table document;
  try {
    document = parse_toml(text, file);
  } catch (const toml::parse_error& fault) {
    report.add_text(file, text);
    return report.syntax_error(fault);
  }
  const WranglerFile wrangler(document);
  lint_required(needs, wrangler, file, report);
  lint_counters(needs, wrangler, file, report);
  if (!wrangler.texts("durable_objects.bindings", "name").contains("LEDGER")) {
    report.file_warning(file, "missing-ledger", "no durable object is bound as LEDGER",
                        "the gate answers 503 without its ledger: see wrangler.toml of the sample");
  }
  if (!needs.queue) {
    return;
  }
  const std::set<std::string> producers = wrangler.texts("queues.producers", "binding");
  for (const char* name : {"DELIVERIES", "DEAD_LETTERS"}) {
    if (!producers.contains(name)) {
      report.file_warning(
          file, "missing-queue",
          fmt::format("the policy delivers by a queue, but none is bound as {}", name),
          "see docs/OPERATING.md: Deploy");
    }
  }
  if (wrangler.texts("queues.consumers", "queue").empty()) {
    report.file_warning(file, "missing-queue",
                        "the policy delivers by a queue, but nothing consumes one",
                        "see docs/OPERATING.md: Deploy");
  }
}

}  // namespace postern::harness
