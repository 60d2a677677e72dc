#pragma once

#include <string_view>
#include <vector>

#include "compiler/scheme_reader.h"
#include "compiler/storage.h"
#include "compiler/table_reader.h"

namespace postern::compiler {

/// Whether a list of headers may have beginnings of names, such as `x-hub-*`, besides names.
enum class HeaderPatterns : std::uint8_t { names, names_and_prefixes };

/// `read_headers` reads a list of headers that go on to an origin. It reports what is no header's
/// name, and what the core keeps back whatever a list says, but for names of Standard Webhooks by
/// which `scheme` verifies; null for no scheme.
[[nodiscard]] std::vector<PlacedText> read_headers(TableReader& reader, std::string_view key,
                                                   HeaderPatterns patterns,
                                                   const SchemeModel* scheme);

/// `header_texts` makes the views of them that a policy holds.
[[nodiscard]] std::span<const std::string_view> header_texts(const std::vector<PlacedText>& headers,
                                                             Storage& storage);

}  // namespace postern::compiler
