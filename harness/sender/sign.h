#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "harness/host/frames.h"
#include "harness/sender/cannot_sign.h"
#include "postern/scheme/signing_scheme.h"

// What a sender does: signs a delivery by the scheme that the compiler read, with cryptography that
// is not the core's, so that the core's verification has a second implementation to agree with. How
// a file is read is another question; the independent verifier of tests/property reads it a second
// time.

namespace postern::harness {

/// `is_private_key` says whether a text is one and nothing else, by `whsk_` or the armour of PEM.
[[nodiscard]] bool is_private_key(std::string_view text);

struct SigningOrder {
  /// A provider's scheme, or a source's own.
  const scheme::Scheme& scheme;
  /// The configured text: a shared secret, a token, `user:password`; for asymmetric schemes the
  /// private key in PEM, or an Ed25519 seed in hex or as `whsk_` and base64.
  std::string secret;
  /// The private key, where `secret` is the text that the receiver has. May be empty.
  std::string private_key;
  std::int64_t at_ms = 0;
  /// The same time as the sender writes it, where it can be written in several ways: another zone,
  /// a fraction. Empty: in this signer's own way.
  std::string time = {};
  /// The delivery's id, for schemes that sign one. Empty: one made of the body, the same each time.
  std::string id;
  /// The address that the sender was given, without a query, for schemes that sign it.
  std::string url;
  /// Put into the header that names the event, where the scheme has one. May be empty.
  std::string event_type;
  /// Which of several `[[signature]]` to use; nothing: the first that fits the body and the key.
  std::optional<std::size_t> rule;
};

/// `make_id` gives an id of `mark`, hex digits, as those of the scheme may be: `msg_` before it
/// where that is allowed, and without the characters that are not.
[[nodiscard]] std::string make_id(const scheme::Scheme& scheme, std::string_view mark);

/// `sign_delivery` adds what the sender adds: signature, time, id, event type; headers of the same
/// name are replaced. A delivery that cannot be signed may have some of it.
[[nodiscard]] std::expected<void, CannotSign> sign_delivery(const SigningOrder& order,
                                                            Delivery& delivery);

}  // namespace postern::harness
