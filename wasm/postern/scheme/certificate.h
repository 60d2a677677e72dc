#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "postern/base/arena.h"
#include "postern/base/bytes.h"
#include "postern/scheme/signing_scheme.h"

namespace postern::scheme {

/// Largest answer to a key fetch: a chain of three certificates has some 6 KiB.
inline constexpr std::uint32_t certificate_bytes_max = std::uint32_t{64} << 10;

/// `is_trusted_key_url` says whether `url` may be fetched: https on the default port, exactly one
/// of the rule's hosts, a path below the rule's prefix in plain characters, no part of it that
/// begins with a dot, no user part and no query: one address has one spelling.
[[nodiscard]] bool is_trusted_key_url(const KeyFetch& fetch, std::string_view url);

/// `public_key_of` gives the SubjectPublicKeyInfo of the first certificate in the PEM text `pem`.
/// The certificate is trusted for where it was fetched from; what is checked of itself is that it
/// is in its validity at `now_seconds`, that its common name is one of `fetch.names`, and that its
/// key is one of RSA that `public_key_fault` finds nothing wrong with.
///
/// Refuses (nothing): every other text or certificate.
/// Borrows: the result is in `arena`.
/// Source: RFC 5280 section 4.1, RFC 7468. Read 2026-11-21.
[[nodiscard]] std::optional<Bytes> public_key_of(const KeyFetch& fetch, Bytes pem,
                                                 std::int64_t now_seconds, Arena& arena);

}  // namespace postern::scheme
