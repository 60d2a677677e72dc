#include "compiler/lint.h"

#include <fmt/format.h>

#include <algorithm>

#include "compiler/coverage.h"
#include "compiler/destination.h"
#include "compiler/hint_reader.h"
#include "compiler/source_reader.h"

namespace postern::compiler {
namespace {

/// Whether every text that `inner` matches is matched by `outer`. A `*` of `inner` is taken as one
/// character that only a `*` of `outer` can consume, so this never says yes wrongly.
bool glob_covers(std::string_view outer, std::string_view inner) {
  std::size_t at = 0;
  std::size_t star = std::string_view::npos;
  std::size_t retry_from = 0;
  std::size_t i = 0;
  while (i < inner.size()) {
    if (at < outer.size() && outer[at] == '*') {
      star = at++;
      retry_from = i;
    } else if (at < outer.size() && outer[at] == inner[i] && inner[i] != '*') {
      ++at;
      ++i;
    } else if (star != std::string_view::npos) {
      at = star + 1;
      i = ++retry_from;
    } else {
      return false;
    }
  }
  return std::ranges::all_of(outer.substr(at), [](char character) { return character == '*'; });
}

bool any_covers(std::span<const std::string_view> outer, std::string_view inner) {
  return std::ranges::any_of(outer,
                             [inner](std::string_view glob) { return glob_covers(glob, inner); });
}

/// Without an identity nothing tells a replay from an event, and the ledger is not asked at all.
void lint_no_identity(const SourceModel& source, Report& report) {
  const bool has_queue = source.source.on_ledger_down == policy::LedgerDown::queue ||
                         std::ranges::any_of(source.routes, [](const RouteModel& route) {
                           return route.route.deliver == policy::Deliver::queue;
                         });
  if (has_queue) {
    report.error(place_of(*source.table, "identity"), "no-identity-queue",
                 "without an identity nothing can be owed: a queue brings its messages twice",
                 "deliver = \"proxy\", or an identity");
  }
  const bool has_time = source.scheme->scheme.timestamp.unit != scheme::TimeUnit::none;
  if (!has_time && source.source.rate_limit.by == policy::LimitBy::none) {
    report.warn(place_of(*source.table, "identity"), "no-identity",
                "whoever holds one delivery can have it forwarded without end: no time is signed, "
                "and nothing counts",
                "rate_limit = { requests = 60, per = \"1m\", by = \"source\" }");
  }
}

/// A source that chooses an identity of its own, or says that equal events are one, has said it.
void lint_equal_events(const SourceModel& source, Report& report) {
  const bool is_said = source.source.identity_choice != policy::IdentityChoice::scheme ||
                       source.source.same_content == scheme::SameContent::absorb;
  if (!is_said && can_send_equal_events(*source.scheme)) {
    report.warn(
        place_of(*source.table, source.table->contains("provider") ? "provider" : "scheme"),
        "equal-events",
        "two events of this sender can be equal in all that it sends: the second would be a "
        "duplicate",
        "have it put an id or a time into the body, and say so: on_same_content = "
        "\"absorb\"");
  }
}

void lint_identity(const SourceModel& source, Report& report) {
  const policy::IdentityChoice choice = source.source.identity_choice;
  lint_equal_events(source, report);
  if (choice == policy::IdentityChoice::none && is_known(*source.scheme)) {
    lint_no_identity(source, report);
  }
  if (choice == policy::IdentityChoice::signed_content &&
      uses(source.scheme->scheme, scheme::PartKind::timestamp)) {
    report.warn(place_of(*source.table, "identity"), "identity-changes",
                "the signed content holds the time of sending: a retry that is signed anew would "
                "count as another event",
                "take an id that the sender repeats, such as { body = \"/id\" }");
  }
}

bool has_types(const SchemeModel& scheme) {
  return std::ranges::any_of(scheme.scheme.events, [](const scheme::EventRule& rule) {
    return rule.type.place != scheme::Place::none;
  });
}

bool types_are_signed(const SchemeModel& scheme) {
  return std::ranges::all_of(scheme.scheme.events, [](const scheme::EventRule& rule) {
    return rule.type.place == scheme::Place::none || rule.type_is_signed;
  });
}

void lint_events(const SourceModel& source, Report& report) {
  if (!has_types(*source.scheme) && !source.allow_events.empty()) {
    report.error(place_of(*source.table, "allow_events"), "no-event-type",
                 "this scheme tells no event type, so nothing would be let in", "leave it out");
  }
  for (const RouteModel& route : source.routes) {
    for (const PlacedText& event : route.events) {
      if (event.text == "*") {
        continue;
      }
      if (!has_types(*source.scheme)) {
        report.error(event.place, "no-event-type",
                     "this scheme tells no event type, so the route takes nothing",
                     "events = [\"*\"], and `when` to select by the body");
      } else if (event.text.contains('*') && !types_are_signed(*source.scheme)) {
        report.error(event.place, "wildcard-unsigned-type",
                     "the signature does not cover the event type, so a glob would let an attacker "
                     "choose the route",
                     "write exact types, or \"*\" alone");
      }
    }
    const bool is_signed =
        std::ranges::all_of(route.route.filters, [&](const policy::Filter& filter) {
          scheme::Locator at;
          at.place = scheme::Place::body;
          at.pointer = filter.pointer;
          at.has_pointer = true;
          return is_covered(source.scheme->scheme, at, scheme::BodyFormat::any);
        });
    if (!is_signed && !source.insecure) {
      report.error(place_of(*route.table, "when"), "unsigned-filter",
                   "`when` looks at a part of the body that the signature does not cover",
                   "select by a signed value, or accept it: insecure = true in the source");
    }
  }
}

void lint_reach(const SourceModel& source, Report& report) {
  for (std::size_t i = 0; i < source.routes.size(); ++i) {
    const RouteModel& route = source.routes[i];
    if (route.route.events.empty()) {
      continue;  // They could not be read, which has been said.
    }
    const bool is_shadowed =
        std::ranges::all_of(route.route.events, [&source, i](std::string_view glob) {
          return std::ranges::any_of(
              std::span(source.routes).first(i), [glob](const RouteModel& earlier) {
                return earlier.route.filters.empty() && any_covers(earlier.route.events, glob);
              });
        });
    if (is_shadowed) {
      report.error(route.table->source(), "unreachable-route",
                   "earlier routes take every event of this one",
                   "the first match wins: put the narrower route first");
      continue;
    }
    const bool is_shut_out =
        !source.allow_events.empty() &&
        std::ranges::none_of(source.allow_events, [&route](const PlacedText& event) {
          return any_covers(route.route.events, event.text);
        });
    if (is_shut_out) {
      report.error(place_of(*route.table, "events"), "unreachable-route",
                   "`allow_events` lets no event of this route in", "");
    }
  }
}

/// A destination from the environment is held to the same rules. Its value is never printed.
void lint_known_destinations(const PolicyModel& model, const SourceModel& source,
                             const Environment& environment, Report& report) {
  const OriginRule rule =
      model.gate.allow_private_origins ? OriginRule::any : OriginRule::public_https;
  for (const RouteModel& route : source.routes) {
    std::vector<std::string_view> seen;
    for (const PlacedSetting& to : route.to) {
      if (to.setting.slot == policy::Setting::no_slot) {
        seen.push_back(to.setting.text);
        continue;
      }
      const std::string& name = model.settings[to.setting.slot].name;
      if (is_handler(name)) {
        continue;  // A function has no value, and two of one name have been told.
      }
      const auto value = environment.values.find(name);
      if (value == environment.values.end()) {
        report.error(to.place, "missing-value",
                     fmt::format("{} is not set in the environment", name), "");
        continue;
      }
      if (const auto fault = check_destination(value->second, rule); fault.has_value()) {
        report.error(to.place, fault->code, fmt::format("{}: {}", name, fault->message),
                     fault->hint);
      }
      if (std::ranges::find(seen, value->second) != seen.end()) {
        report.error(to.place, "same-destination",
                     fmt::format("{} is a destination that stands here already", name),
                     "each origin gets an event once");
      }
      seen.push_back(value->second);
    }
  }
}

}  // namespace

toml::source_region place_of(const toml::table& table, std::string_view key) {
  const toml::node* node = table.get(key);
  return node == nullptr ? table.source() : node->source();
}

void lint_model(const PolicyModel& model, const Environment& environment, Report& report) {
  for (const SourceModel& source : model.sources) {
    lint_identity(source, report);
    if (is_known(*source.scheme)) {
      lint_events(source, report);
    }
    lint_reach(source, report);
    lint_delivery(source, report);
    lint_parameters(model, source, environment, report);
    if (environment.is_known) {
      lint_known_destinations(model, source, environment, report);
    }
  }
  lint_proof(model, environment, report);
  lint_secrets(model, environment, report);
}

}  // namespace postern::compiler
