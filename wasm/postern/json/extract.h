#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "postern/base/arena.h"
#include "postern/base/bytes.h"
#include "postern/base/result.h"

// One strict pass over a JSON text that finds the few members a scheme or a route needs. It builds
// no tree: a delivery is forwarded as it arrived, so the gate only has to read what it decides
// upon, and has to be sure that everybody behind it reads the same.

namespace postern::json {

/// Most pointers in one pass: identity, event type, timestamp, a signature in the body and a dozen
/// route conditions. The pass keeps one bit for each in a 16-bit word.
inline constexpr std::size_t pointers_max = 16;

/// Deepest nesting of arrays and objects. Webhooks stay below a dozen; 64 is one bit per level in
/// one machine word, and no parser behind the gate is made to nest deeper than its own limit.
inline constexpr std::size_t depth_max = 64;

/// An RFC 6901 pointer, split at `/` and unescaped. No tokens: the whole value. Tokens are UTF-8
/// and compared byte by byte with the unescaped member names: case matters, nothing is normalised.
/// In an array, only a token that is a canonical integer leads anywhere. Borrows.
struct Pointer {
  std::span<const std::string_view> tokens;
};

/// The numbers are part of the policy file.
enum class Type : std::uint8_t {
  absent = 0,
  string = 1,
  number = 2,
  boolean = 3,
  null = 4,
  object = 5,
  array = 6,
};

/// What a pointer leads to, as received: of a string the text between the quotes with its escapes
/// (see `unescape`), of an object or array everything from bracket to bracket. Borrows from the
/// body.
struct Value {
  Type type;
  std::string_view raw;
};

enum class Fault : std::uint8_t {
  malformed,       // Not the grammar of RFC 8259; a byte order mark too.
  invalid_utf8,    // Not UTF-8, or a lone surrogate escape where the text matters (see `extract`).
  too_deep,        // More than `depth_max` levels.
  trailing_bytes,  // Something other than white space behind the value.
  duplicate_key,   // Two members of one object fit the same pointer.
};

/// `extract` reads all of `body` and sets `values[i]` to what `pointers[i]` leads to, or to
/// `absent`. After a refusal, `values` mean nothing.
///
/// The whole text is held to RFC 8259 and to UTF-8, in and outside of what the pointers reach. What
/// the standard leaves open: numbers may have any size and precision, since nobody computes with
/// them here; a lone surrogate escape is refused in the names of an object that a pointer passes
/// and in a string that a pointer leads to, because it has no one meaning as UTF-8, and is let
/// through elsewhere; equal names in one object are refused only where a pointer passes, after
/// unescaping
/// (`"id"` and `"\u0069d"` are one name).
///
/// Takes one pass, one word of memory per level, a few bytes of `arena` per token of the longest
/// pointer, and never recurses. A pointer count over `pointers_max`, or `values` of another size,
/// traps.
///
/// Refuses: `malformed`, `invalid_utf8`, `too_deep`, `duplicate_key`, `trailing_bytes`: the first
///   one in the order of the text.
/// Borrows: the values refer to `body`.
/// Source: RFC 8259; RFC 6901; Unicode 16, table 3-7.
[[nodiscard]] Result<void, Fault> extract(Bytes body, std::span<const Pointer> pointers,
                                          std::span<Value> values, Arena& arena);

}  // namespace postern::json
