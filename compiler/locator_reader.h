#pragma once

#include <optional>
#include <string_view>

#include "compiler/storage.h"
#include "compiler/table_reader.h"
#include "postern/scheme/signing_scheme.h"

// The small words of the scheme grammar: where a value stands, what must hold of it, and templates.
// Every function reports what is wrong with its place, and gives nothing then.

namespace postern::compiler {

/// `read_locator` reads the locator keys of `reader`'s table. The caller reads the table's other
/// keys and finishes it.
[[nodiscard]] std::optional<scheme::Locator> read_locator(TableReader& reader, Storage& storage);

/// `read_locator_at` reads the table at `key` of `parent`, which has locator keys only.
/// Gives a locator that leads nowhere when the key is absent.
[[nodiscard]] scheme::Locator read_locator_at(TableReader& parent, std::string_view key,
                                              std::string_view what, Storage& storage);

/// `read_pointer` splits a JSON pointer (RFC 6901). Refuses: one that does not begin with `/`, `~`
/// without `0` or `1`, more than `pointer_tokens_max` tokens.
[[nodiscard]] std::optional<json::Pointer> read_pointer(std::string_view text, Storage& storage);

[[nodiscard]] std::span<const scheme::Condition> read_conditions(TableReader& parent,
                                                                 std::string_view key,
                                                                 Storage& storage);

/// `read_identity` reads one identity part or a list of them.
[[nodiscard]] std::vector<scheme::IdentityPart> read_identity(const toml::node& node,
                                                              Report& report, Storage& storage);

enum class TemplateUse : std::uint8_t { signed_content, reply };

/// `read_template` splits a template into parts. A signed content may hold every part but a named
/// query parameter; a reply only literals, fields and named query parameters.
[[nodiscard]] std::span<const scheme::Part> read_template(TableReader& reader, std::string_view key,
                                                          TemplateUse use, Storage& storage);

}  // namespace postern::compiler
