#pragma once

#include <string_view>

#include "postern/base/glob.h"

namespace postern::policy {

/// How the path of a source ends that takes whatever stands behind its last slash.
inline constexpr std::string_view any_path_below = "/*";

/// `takes_path` says whether a delivery to `path` is for the source at `source_path`: byte for
/// byte, and anything in the place of the star at its end. Hosts ask the same (path_map.mjs).
[[nodiscard]] inline bool takes_path(std::string_view source_path, std::string_view path) {
  return glob_matches(source_path, path);
}

}  // namespace postern::policy
