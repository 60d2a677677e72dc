#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/parameter_reader.h"
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

/// `show_locator` describes a place in words, such as "header x-signature, item v1".
[[nodiscard]] std::string show_locator(const scheme::Locator& locator);

/// `read_pointer` splits a JSON pointer (RFC 6901). Refuses: one that does not begin with `/`, `~`
/// without `0` or `1`, more than `pointer_tokens_max` tokens.
[[nodiscard]] std::optional<json::Pointer> read_pointer(std::string_view text, Storage& storage);

/// `read_conditions` reads a list of conditions. `parameters` are those that they may compare with,
/// and are marked so; null where there is none to compare with.
[[nodiscard]] std::span<const scheme::Condition> read_conditions(TableReader& parent,
                                                                 std::string_view key,
                                                                 Storage& storage,
                                                                 Parameters* parameters = nullptr);

/// `read_identity` reads one identity part or a list of them.
[[nodiscard]] std::vector<scheme::IdentityPart> read_identity(const toml::node& node,
                                                              Report& report, Storage& storage);

/// A stretch of a template: what stands between two braces, or literal text.
struct TemplatePiece {
  bool is_word = false;
  std::string text;
};

/// `split_template` splits the text at `key`; no pieces, and a report with `hint`, where its braces
/// are wrong.
[[nodiscard]] std::vector<TemplatePiece> split_template(TableReader& reader, std::string_view key,
                                                        std::string_view hint);

/// `read_template` splits the template of a signed content into parts.
[[nodiscard]] std::span<const scheme::Part> read_template(TableReader& reader, std::string_view key,
                                                          Storage& storage);

/// `is_header_name` says whether `text` can be a header's name; `lower_case` gives a name as the
/// core sees it.
[[nodiscard]] bool is_header_name(std::string_view text);
[[nodiscard]] std::string lower_case(std::string text);

}  // namespace postern::compiler
