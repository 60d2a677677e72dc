#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "compiler/compiler.h"
#include "postern/policy/policy.h"

// Templates of signed texts, and deliveries by the texts of their parts.

namespace postern::property {

inline constexpr std::int64_t now_seconds = 1'700'000'000;
inline constexpr std::int64_t window_seconds = 300;
inline constexpr std::string_view url = "https://h.example/p";
inline constexpr std::string_view path = "/p";

/// One part of a template, in its own words, and the text that a delivery has for it.
struct Piece {
  std::string part;
  std::string text;
};
using Pieces = std::vector<Piece>;

[[nodiscard]] inline bool is_literal(const Piece& piece) { return !piece.part.starts_with('{'); }

/// A scheme by its template, compiled as an operator's policy is.
struct Compiled {
  compiler::CompiledPolicy file;
  std::vector<std::byte> storage;
  policy::Policy policy;
};

struct SchemeText {
  std::string content;
  std::string sends;
  std::string unit = "seconds";
};

/// `source_of` writes the source of such a scheme, as a fixture has it.
[[nodiscard]] std::string source_of(const SchemeText& scheme);

/// `compile` gives nothing for a template that is refused, whose code goes to `codes`.
[[nodiscard]] std::unique_ptr<Compiled> compile(const SchemeText& scheme,
                                                std::set<std::string>& codes);

/// `signed_text` gives the signed text of the delivery with these texts, when the core lets it
/// through so far: its claims, its time, the form of its body, and its content.
[[nodiscard]] std::optional<std::string> signed_text(const scheme::Scheme& scheme,
                                                     const Pieces& pieces);

}  // namespace postern::property
