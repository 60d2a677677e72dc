#pragma once

#include <toml++/toml.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/host/cryptography.h"

// A second reader of a provider's table, on purpose: what the independent verifier knows of a
// scheme comes from the file as it is written, by no code of the compiler or of the sender.

namespace postern::property {

[[nodiscard]] std::string text_at(const toml::table& table, std::string_view key,
                                  std::string_view fallback);
/// Null when the key is absent or no table.
[[nodiscard]] const toml::table* table_at(const toml::table& table, std::string_view key);
/// One table, or an array of them.
[[nodiscard]] std::vector<const toml::table*> tables_at(const toml::table& table,
                                                        std::string_view key);

/// `written_scheme` is the scheme of a source as it is written: its own, or its provider's file of
/// the catalogue.
[[nodiscard]] std::shared_ptr<const toml::table> written_scheme(const toml::table& source);

[[nodiscard]] bool is_json(std::string_view body);
/// `fits_body` says whether a rule is for bodies of this format.
[[nodiscard]] bool fits_body(const toml::table& rule, std::string_view body);

/// By the grammar's names; nothing for an algorithm of another kind.
[[nodiscard]] std::optional<harness::Hash> plain_hash_of(std::string_view algorithm);
[[nodiscard]] std::optional<harness::Hash> hash_of(std::string_view algorithm);
[[nodiscard]] std::optional<harness::Algorithm> public_key_algorithm_of(std::string_view algorithm);

/// `key_bytes` are what a configured text stands for, by the rule's `key`; nothing when it is not
/// in that form.
[[nodiscard]] std::optional<std::string> key_bytes(const toml::table& rule, std::string secret);

/// `encode_signature` writes bytes in the grammar's `encoding`.
[[nodiscard]] std::string encode_signature(const std::string& encoding, const std::string& bytes);
/// `one_spelling` gives the spelling that `encode_signature` has, of an encoding that has several.
[[nodiscard]] std::string one_spelling(const std::string& encoding, std::string text);

/// Names of headers, in either case of letters.
[[nodiscard]] bool same_name(std::string_view left, std::string_view right);

}  // namespace postern::property
