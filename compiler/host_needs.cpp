#include "compiler/host_needs.h"

#include <fmt/format.h>

#include <algorithm>

#include "compiler/destination.h"
#include "compiler/source_reader.h"
#include "postern/contract/numbers.h"

namespace postern::compiler {
namespace {

std::vector<KeyNeed> keys_of(const SchemeModel& model) {
  std::vector<KeyNeed> keys;
  for (const scheme::SignatureRule& rule : model.scheme.signatures) {
    keys.push_back({.algorithm = std::string(name_of(rule.algorithm)),
                    .form = std::string(name_of(rule.key.form)),
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
    case ValueKind::parameter:
      return "parameter";
  }
  return "";
}

std::string rate_binding(const HostLimits& host, std::int64_t requests,
                         std::int64_t period_seconds) {
  return fmt::format("{}{}_{}", host.rate_binding_prefix, requests, period_seconds);
}

HostNeeds needs_of(const PolicyModel& model, const HostLimits& host) {
  HostNeeds needs;
  std::vector<ValueNeed> values;
  for (const SettingModel& setting : model.settings) {
    values.push_back({.name = setting.name,
                      .kind = ValueKind::signing,
                      .source = "",
                      .provider = "",
                      .path = "",
                      .keys = {}});
  }
  Uses uses(values);
  for (const SourceModel& source : model.sources) {
    for (const SecretModel& secret : source.secrets) {
      uses.note(secret.slot, ValueKind::secret, source);
    }
    if (source.url.has_value()) {
      uses.note(source.url->setting.slot, ValueKind::url, source);
    }
    for (const std::optional<PlacedSetting>& parameter : source.parameters) {
      if (parameter.has_value()) {
        uses.note(parameter->setting.slot, ValueKind::parameter, source);
      }
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
      needs.rate_bindings.insert(rate_binding(host, limit.requests, limit.period_seconds));
    }
  }
  for (ValueNeed& value : values) {
    if (is_handler(value.name)) {
      needs.handlers.insert(value.name.substr(handler_mark.size()));
    } else if (!value.name.starts_with(contract::tenant_setting_prefix)) {
      needs.values.push_back(std::move(value));
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

}  // namespace postern::compiler
