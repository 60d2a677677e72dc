#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

#include "compiler/catalogue.h"

// The providers that the compiler is given: those that the command was built with, or a folder's.

namespace postern::harness {

/// A provider file as text.
struct ProviderText {
  std::string_view slug;
  std::string_view text;
};

/// `embedded_providers` gives `wasm/providers/*.toml` as they were when the command was built.
/// The definition is generated: see `cmake/embed_providers.cmake`.
[[nodiscard]] std::vector<ProviderText> embedded_providers();

/// `embedded_catalogue` holds those.
[[nodiscard]] compiler::Catalogue embedded_catalogue();

/// `read_catalogue` holds `folder/*.toml`; reports a folder or file that cannot be read.
[[nodiscard]] compiler::Catalogue read_catalogue(const std::filesystem::path& folder,
                                                 compiler::Report& report);

}  // namespace postern::harness
