#pragma once

#include <toml++/toml.h>

#include <cstddef>
#include <memory>
#include <string_view>

namespace postern::compiler {

/// What a text of JSON says, as the values of TOML. `null`, which has no place there, is a float
/// that `is_null` tells; a number that is no integer of 64 bits is a float of no meaning.
struct JsonDocument {
  /// Null for what is no JSON: RFC 8259, UTF-8, and no deeper than `json_depth_max`.
  std::unique_ptr<toml::node> value;
  /// Then the offset of what should not stand where it stands.
  std::size_t fault = 0;
};

/// A configuration or a file of values is flat; the reader recurses.
inline constexpr std::size_t json_depth_max = 64;

/// `read_json` reads all of `text`, behind a mark of UTF-8 where there is one. Of a name that
/// stands in an object twice the last value counts.
[[nodiscard]] JsonDocument read_json(std::string_view text);

[[nodiscard]] bool is_null(const toml::node& value);

}  // namespace postern::compiler
