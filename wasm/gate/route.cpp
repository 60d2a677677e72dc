#include "gate/route.h"

#include <algorithm>

namespace postern::gate {
namespace {

bool filter_fits(const policy::Filter& filter, scheme::Reading& reading) {
  const scheme::Located located = reading.value_at(filter.pointer);
  return located.presence == scheme::Presence::one &&
         std::ranges::any_of(filter.values, [&](const policy::FilterValue& value) {
           return value.type == located.type && value.text == located.text;
         });
}

}  // namespace

bool glob_matches(std::string_view glob, std::string_view text) {
  std::size_t at_glob = 0;
  std::size_t at_text = 0;
  std::size_t star = std::string_view::npos;  // The last star, to come back to.
  std::size_t star_text = 0;                  // What it has swallowed up to.
  while (at_text < text.size()) {
    if (at_glob < glob.size() && glob[at_glob] == '*') {
      star = at_glob++;
      star_text = at_text;
    } else if (at_glob < glob.size() && glob[at_glob] == text[at_text]) {
      ++at_glob;
      ++at_text;
    } else if (star != std::string_view::npos) {
      at_glob = star + 1;
      at_text = ++star_text;
    } else {
      return false;
    }
  }
  return glob.find_first_not_of('*', at_glob) == std::string_view::npos;
}

std::optional<std::uint16_t> route_of(const policy::Source& source, const scheme::Event& event,
                                      scheme::Reading& reading) {
  for (const policy::Route& route : source.routes) {
    for (const policy::Filter& filter : route.filters) {
      reading.expect(filter.pointer);
    }
  }
  for (std::size_t i = 0; i < source.routes.size(); ++i) {
    const policy::Route& route = source.routes[i];
    const bool fits =
        std::ranges::any_of(
            route.events, [&](std::string_view glob) { return glob_matches(glob, event.type); }) &&
        std::ranges::all_of(route.filters, [&](const policy::Filter& filter) {
          return filter_fits(filter, reading);
        });
    if (fits) {
      return static_cast<std::uint16_t>(i);
    }
  }
  return std::nullopt;
}

bool routes_read_body(const policy::Source& source) {
  return std::ranges::any_of(source.routes,
                             [](const policy::Route& route) { return !route.filters.empty(); });
}

}  // namespace postern::gate
