#pragma once

#include <toml++/toml.h>

#include <cstdint>
#include <string>

namespace postern::harness {

/// How events of one type come to the one origin of their route: while the sender waits, or a
/// moment later. `none`: not every one does, or to several.
enum class Way : std::uint8_t { none, proxy, queue };

/// `way_of` reads it from a source's table in a policy without errors.
[[nodiscard]] Way way_of(const toml::table& source, const std::string& type);

}  // namespace postern::harness
