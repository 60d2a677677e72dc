#pragma once

#include <bitset>
#include <optional>
#include <string>

#include "postern/base/character_set.h"
#include "postern/scheme/signing_scheme.h"

// Whether what a scheme signs has one reading. A signature proves a text, and a text that could be
// cut into the parts of a delivery in two ways proves two deliveries: what was signed for one
// passes for the other.

namespace postern::compiler {

/// Bytes, and behind them one that no text has: the place of a secret that nobody else knows.
inline constexpr std::size_t secret_symbol = 256;
using ByteSet = std::bitset<secret_symbol + 1>;

/// Two readings of one signed text: somewhere in it a character belongs to `part`, and to
/// `other_part` as well. Parts are in the template's own words, literals in quotes.
struct Ambiguity {
  /// Which rules read it; the same one, or two that one key may sign for.
  std::size_t rule = 0;
  std::size_t other_rule = 0;
  std::string part;
  std::string other_part;
  /// An example: a text that has both readings. Empty where the parts say all.
  std::string example;
};

/// `find_ambiguity` looks for a text that the scheme's rules read in two ways, by a search through
/// all pairs of readings at once: what it does not find there is not.
///
/// Each part is taken for the largest set of texts that the core lets through. `{url}` and `{path}`
/// are anything, since the key signs for other addresses too; but that another address goes on
/// where this one ends is left to the linter, which knows the addresses, as long as what follows is
/// not what addresses commonly go on with: `/`, `?` or `&`. A time has as many digits as the
/// present has: another one would not be fresh.
[[nodiscard]] std::optional<Ambiguity> find_ambiguity(const scheme::Scheme& scheme);

/// `id_alphabet_of` gives what an id may be made of: visible characters, or those that its template
/// names, without the first characters of what follows it in a signed text. Empty where that leaves
/// none, and for a scheme without an id.
[[nodiscard]] CharacterSet id_alphabet_of(const scheme::Scheme& scheme);

/// `behind_address` gives the first characters of what a signed text has behind the part `kind`,
/// `{url}` or `{path}`: an address that goes on with one of them has that text in common with it.
[[nodiscard]] ByteSet behind_address(const scheme::Scheme& scheme, scheme::PartKind kind);

/// `show_part` writes a part as its template does; a literal in quotes.
[[nodiscard]] std::string show_part(const scheme::Part& part);

}  // namespace postern::compiler
