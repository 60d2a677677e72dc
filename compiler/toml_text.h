#pragma once

#include <toml++/toml.h>

#include <cstddef>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "compiler/diagnostics.h"

namespace postern::compiler {

/// Parts of a key with dots. toml++ limits how deep values nest, but not keys, and each part is a
/// table in a table, which it takes down by recursion.
inline constexpr std::size_t key_parts_max = 64;

/// A policy or provider file that people write stays far below.
inline constexpr std::size_t toml_text_bytes_max = std::size_t{4} << 20;

/// `parse_toml` reads a text of an operator's; `file` names it in places.
/// Refuses, with the place: what is no TOML, and a key of more than `key_parts_max` parts.
[[nodiscard]] std::expected<toml::table, toml::parse_error> parse_toml(std::string_view text,
                                                                       const std::string& file);

/// `read_toml` does the same for a report, which it gives the text for its lines. Gives nothing
/// when it has reported an error: what `parse_toml` refuses, and a text of more than
/// `toml_text_bytes_max`, which nobody wrote and which is not looked at.
[[nodiscard]] std::optional<toml::table> read_toml(std::string_view text, const std::string& file,
                                                   Report& report);

}  // namespace postern::compiler
