#pragma once

#include <toml++/toml.h>

#include <cstddef>
#include <string>
#include <string_view>

namespace postern::harness {

/// Parts of a key with dots. toml++ limits how deep values nest, but not keys, and each part is a
/// table in a table, which it takes down by recursion.
inline constexpr std::size_t key_parts_max = 64;

/// `parse_toml` reads a text of an operator's; `file` names it in places.
/// Throws `toml::parse_error`, also for a key of more than `key_parts_max` parts.
[[nodiscard]] toml::table parse_toml(std::string_view text, const std::string& file);

}  // namespace postern::harness
