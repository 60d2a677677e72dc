#include "postern/gate/route.h"

#include <algorithm>
#include <optional>

#include "postern/base/glob.h"

namespace postern::gate {
namespace {

/// Nothing where the body cannot be read.
std::optional<bool> filters_fit(std::span<const policy::Filter> filters, scheme::Reading& reading) {
  for (const policy::Filter& filter : filters) {
    const scheme::Located located = reading.value_at(filter.pointer);
    if (reading.body_is_malformed()) {
      return std::nullopt;
    }
    const bool fits = located.presence == scheme::Presence::one &&
                      std::ranges::any_of(filter.values, [&](const policy::FilterValue& value) {
                        return value.type == located.type && value.text == located.text;
                      });
    if (!fits) {
      return false;
    }
  }
  return true;
}

bool takes(const policy::Route& route, std::string_view type) {
  return std::ranges::any_of(route.events,
                             [&](std::string_view glob) { return glob_matches(glob, type); });
}

/// Whether the route is for every type, so that it does not look at it.
bool takes_all(const policy::Route& route) {
  return std::ranges::any_of(route.events, [](std::string_view glob) {
    return !glob.empty() && glob.find_first_not_of('*') == std::string_view::npos;
  });
}

}  // namespace

Result<std::uint16_t, Reason> route_of(const policy::Source& source, const scheme::Event& event,
                                       scheme::Reading& reading) {
  for (const policy::Route& route : source.routes) {
    for (const policy::Filter& filter : route.filters) {
      reading.expect(filter.pointer);
    }
  }
  for (std::size_t i = 0; i < source.routes.size(); ++i) {
    const policy::Route& route = source.routes[i];
    const bool hangs_on_type = event.type_fault() != Reason::none && !takes_all(route);
    if (!hangs_on_type && !takes(route, event.type())) {
      continue;
    }
    const std::optional<bool> fit = filters_fit(route.filters, reading);
    if (!fit.has_value()) {
      return refuse(Reason::malformed_body);
    }
    if (*fit) {
      return hangs_on_type ? refuse(event.type_fault())
                           : Result<std::uint16_t, Reason>(static_cast<std::uint16_t>(i));
    }
  }
  return refuse(Reason::no_route);
}

bool routes_read_body(const policy::Source& source) {
  return std::ranges::any_of(source.routes,
                             [](const policy::Route& route) { return !route.filters.empty(); });
}

}  // namespace postern::gate
