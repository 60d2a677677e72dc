#include <fmt/format.h>

#include <algorithm>

#include "compiler/locator_reader.h"
#include "compiler/retry_reader.h"
#include "compiler/source_reader.h"

namespace postern::compiler {
namespace {

/// A sender that waits for two minutes is not known, and hosts end a request before.
constexpr std::uint64_t timeout_limit_ms = 120'000;
constexpr std::uint64_t lease_limit_ms = 10ULL * 60 * 1000;

/// The origin of fixtures that name none. `.test` never resolves (RFC 2606).
constexpr std::string_view fixture_origin = "https://origin.test/";

/// As long as the sender waits, less the way back.
std::uint64_t default_proxy_timeout(const SchemeModel& scheme) {
  const std::uint64_t sender = scheme.sender.timeout_ms.value_or(UINT64_MAX);
  if (sender >= default_timeout_ms + sender_margin_ms) {
    return default_timeout_ms;
  }
  return std::max(sender, 2 * sender_margin_ms) - sender_margin_ms;
}

/// One accepted value: a string, a whole number or a truth value.
std::optional<policy::FilterValue> read_filter_value(const toml::node& node, Storage& storage) {
  if (const auto text = node.value_exact<std::string>(); text.has_value()) {
    return policy::FilterValue{.type = json::Type::string, .text = storage.text(*text)};
  }
  if (const auto number = node.value_exact<std::int64_t>(); number.has_value()) {
    return policy::FilterValue{.type = json::Type::number,
                               .text = storage.text(std::to_string(*number))};
  }
  if (const auto truth = node.value_exact<bool>(); truth.has_value()) {
    return policy::FilterValue{.type = json::Type::boolean,
                               .text = storage.text(*truth ? "true" : "false")};
  }
  return std::nullopt;
}

std::vector<policy::FilterValue> read_filter_values(const toml::node& node,
                                                    PolicyReading& reading) {
  std::vector<policy::FilterValue> values;
  const toml::array* array = node.as_array();
  if (array == nullptr || array->empty() || array->size() > policy::filter_values_max) {
    reading.report.error(
        node.source(), "filter-values",
        fmt::format("a condition takes a list of 1 to {} accepted values",
                    policy::filter_values_max),
        "such as when = { \"/data/currency\" = [\"usd\"], \"/livemode\" = [true] }");
    return values;
  }
  for (const toml::node& element : *array) {
    const auto value = read_filter_value(element, reading.model.storage);
    if (value.has_value()) {
      values.push_back(*value);
    } else {
      reading.report.error(element.source(), "filter-values",
                           "an accepted value is a string, a whole number, true or false", "");
    }
  }
  return values;
}

std::vector<policy::Filter> read_filters(TableReader& reader, PolicyReading& reading) {
  std::vector<policy::Filter> filters;
  const toml::table* table = reader.table("when");
  if (table == nullptr) {
    return filters;
  }
  if (table->empty() || table->size() > policy::filters_max) {
    reader.error("when", "too-many",
                 fmt::format("`when` has 1 to {} conditions", policy::filters_max), "");
    return filters;
  }
  for (const auto& [key, node] : *table) {
    const std::optional<json::Pointer> pointer = read_pointer(key.str(), reading.model.storage);
    if (!pointer.has_value() || pointer->tokens.empty()) {
      reading.report.error(key.source(), "bad-pointer",
                           fmt::format("`{}` is not a JSON pointer", key.str()),
                           "such as when = { \"/data/currency\" = [\"usd\"] }");
      continue;
    }
    filters.push_back({.pointer = *pointer,
                       .values = reading.model.storage.list(read_filter_values(node, reading))});
  }
  return filters;
}

void read_delivery(TableReader& reader, RouteModel& route, Storage& storage) {
  const auto deliver = reader.choice("deliver", {"proxy", "queue"});
  if (reader.has("answer")) {
    return;  // Refused, with all else that a route without an origin does not need.
  }
  // A misspelt mode is one mistake: queue mode knows all that such a route can say beside it.
  const policy::Deliver unknown =
      reader.has("deliver") ? policy::Deliver::queue : policy::Deliver::proxy;
  route.route.deliver = deliver.has_value() ? static_cast<policy::Deliver>(*deliver) : unknown;
  if (route.route.deliver == policy::Deliver::queue) {
    route.route.retry = read_retry(reader, storage);
  } else if (reader.has("retry")) {
    reader.error("retry", "queue-only", "`retry` needs queue mode",
                 "deliver = \"queue\": in proxy mode it is the sender who tries again");
  }
}

std::uint64_t default_timeout(const RouteModel& route, const SourceModel& source) {
  return route.route.deliver == policy::Deliver::queue ? queue_timeout_ms
                                                       : default_proxy_timeout(*source.scheme);
}

/// A route's end when it has no origin.
void read_answer(TableReader& reader, RouteModel& route) {
  const auto answer = reader.integer("answer", 200, 299);
  route.route.kind = policy::RouteKind::answer;
  route.route.answer_status = static_cast<std::uint16_t>(answer.value_or(200));
  for (const std::string_view key : {"timeout", "lease", "deliver", "retry"}) {
    if (reader.has(key)) {
      reader.error(key, "route-end", "a route that answers has no origin to deliver to",
                   "leave it out");
    }
  }
}

/// How long an origin may take, and how long its event is held.
void read_route_times(TableReader& reader, const SourceModel& source, RouteModel& route) {
  const auto timeout = reader.duration_ms("timeout", timeout_limit_ms);
  route.lease_ms = reader.duration_ms("lease", lease_limit_ms);
  if (timeout == 0U) {
    reader.error("timeout", "out-of-range", "`timeout` is zero", "");
  }
  route.route.timeout_ms =
      static_cast<std::uint32_t>(timeout.value_or(default_timeout(route, source)));
}

RouteModel read_route(const toml::table& table, const SourceModel& source, PolicyReading& reading) {
  TableReader reader(table, "a route", reading.report);
  RouteModel route{.route = {}, .table = &table, .events = {}, .to = {}, .lease_ms = {}};
  Storage& storage = reading.model.storage;
  route.events = reader.texts("events", policy::events_max).value_or(std::vector<PlacedText>{});
  if (!reader.has("events")) {
    route.events = {{"*", table.source()}};
  }
  std::vector<std::string_view> globs;
  for (const PlacedText& event : route.events) {
    if (event.text.empty()) {
      reading.report.error(event.place, "empty-text", "an event glob is empty",
                           "\"*\" stands for every event");
    }
    globs.push_back(storage.text(event.text));
  }
  route.route.events = storage.list(std::move(globs));
  route.route.filters = storage.list(read_filters(reader, reading));
  read_delivery(reader, route, storage);
  read_destinations(reader, route, reading);
  if (reader.has("to") == reader.has("answer")) {
    reading.report.error(table.source(), "route-end", "a route has either `to` or `answer`",
                         "to = \"https://...\" forwards, answer = 200 accepts and drops");
  }
  if (reader.has("answer")) {
    read_answer(reader, route);
  } else {
    read_route_times(reader, source, route);
  }
  reader.finish();
  return route;
}

RouteModel fixture_route(const toml::table& table, const SourceModel& source,
                         PolicyReading& reading) {
  RouteModel route{.route = {}, .table = &table, .events = {}, .to = {}, .lease_ms = {}};
  route.route.events = reading.model.storage.list(std::vector<std::string_view>{"*"});
  DestinationModel origin;
  origin.setting.text = fixture_origin;
  origin.signers = reading.model.signers;
  route.route.to = make_destinations({origin}, reading.model.storage);
  route.route.timeout_ms = static_cast<std::uint32_t>(default_proxy_timeout(*source.scheme));
  return route;
}

/// The ledger's lease is one per source: it must outlast its slowest route.
std::uint32_t lease_of(const SourceModel& source) {
  std::uint64_t lease = 0;
  for (const RouteModel& route : source.routes) {
    if (route.route.kind == policy::RouteKind::forward) {
      lease = std::max(lease, route.lease_ms.value_or(route.route.timeout_ms + lease_margin_ms));
    }
  }
  return static_cast<std::uint32_t>(lease == 0 ? default_timeout_ms + lease_margin_ms : lease);
}

}  // namespace

void read_routes(TableReader& reader, SourceModel& source, PolicyReading& reading) {
  for (const toml::table* table : reader.tables("routes", policy::routes_max)) {
    source.routes.push_back(read_route(*table, source, reading));
  }
  if (!reader.has("routes")) {
    if (reading.use == PolicyUse::fixture) {
      source.routes.push_back(fixture_route(*source.table, source, reading));
    } else {
      reading.report.error(
          reader.here(), "missing-key", "a source needs at least one route",
          fmt::format("[[sources.{}.routes]] with to = \"https://...\"", source.source.name));
    }
  }
  source.source.lease_ms = lease_of(source);
}

}  // namespace postern::compiler
