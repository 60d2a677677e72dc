#include "harness/portable/way_of_events.h"

#include <algorithm>
#include <string_view>

namespace postern::harness {
namespace {

/// Globs as a route's events have them: `*` is any run of characters.
bool matches(std::string_view glob, std::string_view text) {
  const std::size_t star = glob.find('*');
  if (star == std::string_view::npos) {
    return glob == text;
  }
  if (!text.starts_with(glob.substr(0, star))) {
    return false;
  }
  for (std::size_t i = star; i <= text.size(); ++i) {
    if (matches(glob.substr(star + 1), text.substr(i))) {
      return true;
    }
  }
  return false;
}

bool lists(const toml::array* patterns, const std::string& type) {
  return patterns == nullptr || std::ranges::any_of(*patterns, [&](const toml::node& pattern) {
           return matches(pattern.value_or(std::string()), type);
         });
}

}  // namespace

Way way_of(const toml::table& source, const std::string& type) {
  const toml::array* routes = source.get_as<toml::array>("routes");
  if (routes == nullptr || !lists(source.get_as<toml::array>("allow_events"), type)) {
    return Way::none;
  }
  for (const toml::node& node : *routes) {
    const toml::table* route = node.as_table();
    if (route != nullptr && lists(route->get_as<toml::array>("events"), type)) {
      const bool waits = (*route)["deliver"].value_or(std::string("proxy")) == "proxy";
      const bool takes_all = (*route)["to"].is_string() && !route->contains("when");
      return !takes_all ? Way::none : waits ? Way::proxy : Way::queue;
    }
  }
  return Way::none;
}

}  // namespace postern::harness
