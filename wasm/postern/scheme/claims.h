#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "postern/base/arena.h"
#include "postern/base/bytes.h"
#include "postern/base/result.h"
#include "postern/scheme/key.h"
#include "postern/scheme/reading.h"
#include "postern/scheme/reason.h"
#include "postern/scheme/signing_scheme.h"

namespace postern::scheme {

/// Longest delivery id; Standard Webhooks' are about thirty characters.
inline constexpr std::size_t id_bytes_max = 256;

/// One signature value that a delivery carries, decoded. `bytes` of a token are its text; of an
/// ECDSA signature r and s, 32 bytes each.
struct Candidate {
  std::uint8_t rule = 0;
  Bytes bytes;
};

/// What a delivery says of itself: read and decoded, not believed. Borrows from delivery and arena.
struct Claims {
  std::span<const Candidate> candidates;
  /// As received; it is this text that is signed.
  std::string_view timestamp;
  /// The same as unix seconds; nothing for a scheme that signs no time.
  std::optional<std::int64_t> signed_at;
  std::string_view id;
};

/// `reads_body_first` says whether the claims or the signed text of `rule` cannot be read without
/// the body's bytes in the module. Otherwise the host may hash a body that never comes here.
[[nodiscard]] bool reads_body_first(const SignatureRule& rule);

/// `claims_body` says whether the time or the id that a sender claims stands in the body.
[[nodiscard]] bool claims_body(const Scheme& scheme);

/// `verifies_with` says whether verifying a delivery by `scheme` reads that header: its signature,
/// time or id, or what else is signed.
[[nodiscard]] bool verifies_with(const Scheme& scheme, std::string_view name);

/// `identifies_with` says whether that header tells which event a delivery reports.
[[nodiscard]] bool identifies_with(const Scheme& scheme, std::string_view name);

/// `reads_header` says whether anything about a delivery by `scheme` is decided by that header.
[[nodiscard]] bool reads_header(const Scheme& scheme, std::string_view name);

/// `carries_secret` says whether that header is a sender's secret as it is, a token: whoever reads
/// it can send deliveries of his own, so it is neither stored nor handed on.
[[nodiscard]] bool carries_secret(const Scheme& scheme, std::string_view name);

/// `read_claims` reads every signature value of every rule that has a key in `keys`, then the
/// timestamp, then the id.
///
/// Refuses: `missing_signature`, `missing_timestamp`, `missing_id`, `malformed_signature`,
///   `malformed_timestamp`, `malformed_id`, in this order.
[[nodiscard]] Result<Claims, Reason> read_claims(const Scheme& scheme, std::span<const Key> keys,
                                                 Reading& reading, Arena& arena);

}  // namespace postern::scheme
