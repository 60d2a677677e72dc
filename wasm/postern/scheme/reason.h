#pragma once

#include <cstdint>
#include <string_view>

namespace postern {

/// Why the gate decided as it did. Named once, here; fixtures and decision records show `name_of`.
/// The order is the order of the checks: the first that fails names the refusal.
enum class Reason : std::uint8_t {
  none = 0,
  // Structure
  unknown_path,
  wrong_method,
  not_https,
  body_too_large,
  headers_too_large,
  encoded_body,
  unexpected_body,     // Of a GET.
  source_unavailable,  // A secret is missing or undecodable.
  address_refused,     // Not one that the source lets in.
  rate_limited,
  // Authenticity
  missing_signature,
  missing_timestamp,
  missing_id,
  malformed_signature,
  malformed_timestamp,
  malformed_id,
  malformed_content,  // A part of the signed text cannot be read.
  body_hash_mismatch,
  untrusted_key_url,
  key_unavailable,
  untrusted_key,
  crypto_unavailable,
  unknown_tenant,  // Of a source that asks its host for secrets: nobody's, whoever signed it.
  bad_signature,
  stale,
  future,
  // Meaning
  unexpected_form,  // A body that this sender does not send.
  malformed_body,
  missing_identity,
  malformed_identity,
  malformed_event_type,
  event_not_allowed,
  no_route,
  answered_by_route,
  unforwardable_query,  // It repeats a name of the destination's own, or is none that a URL has.
  // Ledger and origin
  lease_held,
  same_content,  // It came under another hint, which the source says refuses this one.
  too_many_copies,
  ledger_unavailable,
  origin_refused,
  origin_timed_out,
  origin_reset,
  origin_error,
  origin_declined,
  origin_redirected,
  attempts_over,  // By runs that never told what came of them, or by a policy that allows fewer.
};

inline constexpr Reason reason_last = Reason::attempts_over;

/// `name_of` is the reason's name in fixtures, records and documentation.
[[nodiscard]] std::string_view name_of(Reason reason);

/// `status_of` is the HTTP status that a sender sees for a refusal or failure of that reason. For
/// `origin_declined` the origin's own status is relayed instead.
[[nodiscard]] std::uint16_t status_of(Reason reason);

}  // namespace postern
