#pragma once

#include <optional>

#include "postern/base/arena.h"
#include "postern/base/bytes.h"
#include "postern/scheme/signing_scheme.h"

namespace postern::scheme {

/// `well_formed_signature` checks that `bytes` can be a signature of `algorithm` at all, before
/// anybody computes with it, and gives it in the form that checkers take: a MAC of the full length,
/// Ed25519 with S below the group's order, ECDSA P-256 from strict DER as r and s of 32 bytes each,
/// RSA of a modulus between 2048 and 8192 bits.
///
/// Refuses (nothing): everything else. Truncated MACs are refused here, whatever they match.
/// Source: RFC 8032 section 5.1.7; X.690 section 10 and SEC 1 section C.8. Read 2026-11-21.
[[nodiscard]] std::optional<Bytes> well_formed_signature(Algorithm algorithm, Bytes bytes,
                                                         Arena& arena);

}  // namespace postern::scheme
