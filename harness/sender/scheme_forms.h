#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "harness/host/cryptography.h"
#include "postern/scheme/signing_scheme.h"

// What a sender makes of the forms that a scheme names: keys, encodings, places. The scheme is the
// compiler's; what is done by it is done by lines of the harness, not by the core, which this
// checks.

namespace postern::harness {

[[nodiscard]] bool is_json(std::string_view body);
/// `fits_body` says whether a rule for bodies of `format` is for this one.
[[nodiscard]] bool fits_body(scheme::BodyFormat format, std::string_view body);

/// `key_bytes` are what a configured text stands for, by the rule's key; nothing when it is not in
/// that form, and for keys in DER.
[[nodiscard]] std::optional<std::string> key_bytes(const scheme::KeyRule& rule, std::string secret);

/// `text_of_secret` is what stands for a configured text where the scheme signs it: of a plain hash
/// the key, else the text itself.
[[nodiscard]] std::string text_of_secret(const scheme::SignatureRule& rule,
                                         const std::string& secret);

/// `shared_signature` is what both sides compute of `content`: an HMAC under `key`, or a plain
/// hash, whose content holds it.
[[nodiscard]] std::string shared_signature(scheme::Algorithm algorithm, std::string_view key,
                                           std::string_view content);

/// `encode_signature` writes bytes as the rule sends them.
[[nodiscard]] std::string encode_signature(scheme::Encoding encoding, const std::string& bytes);

/// `one_spelling` gives the spelling of a signature that `encode_signature` has, where the rule
/// takes several.
[[nodiscard]] std::string one_spelling(scheme::Encoding encoding, std::string text);

/// `unix_ms_of` is the time that a text says; nothing for a text that is none in this unit.
[[nodiscard]] std::optional<std::int64_t> unix_ms_of(scheme::TimeUnit unit,
                                                     const std::string& text);

/// `pointer_of` is the same pointer for nlohmann's JSON.
[[nodiscard]] nlohmann::json::json_pointer pointer_of(const json::Pointer& pointer);

/// `separators_of` are the characters that separate the items of a locator's header; none where it
/// is one item.
[[nodiscard]] std::string separators_of(const scheme::Locator& locator);

/// `lead_of` is what a locator's values stand behind: the item's key, and the prefix. Where any key
/// is wanted, the word `key`.
[[nodiscard]] std::string lead_of(const scheme::Locator& locator);

/// Names of headers, in either case of letters.
[[nodiscard]] bool same_name(std::string_view left, std::string_view right);

}  // namespace postern::harness
