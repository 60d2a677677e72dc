#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "postern/base/arena.h"
#include "postern/base/bytes.h"
#include "postern/base/result.h"
#include "postern/contract/effects.h"
#include "postern/scheme/claims.h"
#include "postern/scheme/key.h"
#include "postern/scheme/reading.h"
#include "postern/scheme/reason.h"
#include "postern/scheme/signing_scheme.h"

namespace postern::scheme {

/// A stretch of the signed text: bytes, or the delivery's body where it stands, or the text of the
/// secret that is tried, which `with_secret` puts in. Borrows.
using contract::Piece;

/// Most stretches of one signed text: no part becomes more than one.
inline constexpr std::size_t pieces_max = content_parts_max;

/// Most text of one content besides the body: a sorted form of the richest callbacks that we know
/// has a few KiB. More is refused, so that a delivery that is tried with many keys has room.
inline constexpr std::size_t literal_bytes_max = std::size_t{64} << 10;

/// How the URL of a content is spelled: as configured, or with its default port the other way.
enum class Spelling : std::uint8_t { configured = 0, other_port = 1 };

/// What a content may be made of besides the delivery and its claims.
struct ContentInputs {
  const Claims& claims;
  /// The source's configured address; empty when it has none.
  std::string_view url;
  Spelling spelling = Spelling::configured;
};

/// `compose_content` builds the text that `rule` signs. Neighbouring literals become one piece, and
/// the body stays a reference, so that whoever hashes may take it from where it is. So does a
/// secret: what is the same for all keys is made once.
///
/// Refuses: `malformed_content` when a part is absent or unreadable, when the request's query is
///   not the configured one in a scheme that signs the URL, and for more than `literal_bytes_max`
///   bytes.
[[nodiscard]] Result<std::span<const Piece>, Reason> compose_content(const SignatureRule& rule,
                                                                     const ContentInputs& inputs,
                                                                     Reading& reading,
                                                                     Arena& arena);

/// `with_secret` gives `content` with the text of one secret where the scheme signs it.
[[nodiscard]] std::span<const Piece> with_secret(std::span<const Piece> content, Bytes secret,
                                                 Arena& arena);

/// `body_hash_holds` says whether the query parameter that `rule` names is the body's hash, and so
/// is every one that another rule of `scheme` names, where the query has it: what is signed with a
/// hash is signed for that body, whatever rule reads it.
[[nodiscard]] bool body_hash_holds(const Scheme& scheme, const SignatureRule& rule,
                                   Reading& reading);

}  // namespace postern::scheme
