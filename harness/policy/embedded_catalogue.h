#pragma once

#include <span>
#include <string_view>

namespace postern::harness {

/// One file of the catalogue as the build found it.
struct EmbeddedFile {
  std::string_view name;  // Without folder and `.toml`: the provider's slug.
  std::string_view text;
};

/// `embedded_catalogue` is every file of wasm/providers/, sorted by name.
[[nodiscard]] std::span<const EmbeddedFile> embedded_catalogue();

}  // namespace postern::harness
