#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "postern/base/arena.h"
#include "postern/base/bytes.h"
#include "postern/base/result.h"
#include "postern/crypto/hmac.h"
#include "postern/scheme/signing_scheme.h"
#include "postern/scheme/sound_key.h"

namespace postern::scheme {

/// Longest text of one secret; a public key of 8192 bits in PEM has 1,500 characters.
inline constexpr std::size_t secret_text_bytes_max = 4096;

/// How a key's bytes are to be read by whoever checks an asymmetric signature.
using contract::KeyFormat;

/// One secret slot as one signature rule of the scheme reads it. Lives as long as the
/// configuration.
struct Key {
  /// The slot by number: what records and effects may say of a secret.
  std::uint16_t slot = 0;
  /// Index of the rule in `Scheme::signatures`.
  std::uint8_t rule = 0;
  KeyFormat format = KeyFormat::raw;
  /// Decoded key material: HMAC key, public key, token, or the text of a `fetched` scheme's slot.
  Bytes bytes;
  /// Ready for use; only for HMAC rules.
  crypto::HmacKey hmac;
  /// What hosts call an HMAC key: its place among all that a configuration has. One slot can have
  /// several keys, as sources read its text in different ways.
  std::uint16_t number = 0;
};

/// `decode_secret` turns the text of a secret into key bytes of `algorithm` as `rule` says.
///
/// Refuses: `undecodable` for empty or blank text, a missing prefix that is required, text that is
///   not the one spelling of its bytes, and a key outside of the rule's bounds; the other faults
///   for what decodes, and proves nothing.
/// Borrows: the bytes are in `arena` or refer to `text`.
[[nodiscard]] Result<Bytes, KeyFault> decode_secret(Algorithm algorithm, const KeyRule& rule,
                                                    std::string_view text, Arena& arena);

/// `format_of` tells how the bytes of a decoded secret of that form are to be read.
[[nodiscard]] KeyFormat format_of(KeyForm form);

/// `hash_of` gives the hash of an algorithm whose results are compared; traps for any other.
[[nodiscard]] crypto::HashAlgorithm hash_of(Algorithm algorithm);

}  // namespace postern::scheme
