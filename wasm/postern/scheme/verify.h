#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "postern/base/arena.h"
#include "postern/base/bytes.h"
#include "postern/base/result.h"
#include "postern/scheme/claims.h"
#include "postern/scheme/content.h"
#include "postern/scheme/key.h"
#include "postern/scheme/proof.h"
#include "postern/scheme/reading.h"
#include "postern/scheme/reason.h"
#include "postern/scheme/signing_scheme.h"

// Verification in two halves, since a host may do the hashing or the public-key arithmetic in
// between: `plan_trials` says what has to be computed, `conclude` judges what came out. The verdict
// is always made here.

namespace postern::gate {
class TicketFields;
}  // namespace postern::gate

namespace postern::scheme {

/// One key under one spelling of the content: one MAC to compute, or one key to check candidates
/// with.
struct Trial {
  const Key* key = nullptr;
  const SignatureRule* rule = nullptr;
  std::span<const Piece> content;
};

/// What of a delivery was proved, in the form that a ticket keeps between two calls.
struct ProofSeal {
  std::uint16_t slot = 0;
  std::uint8_t rule = 0;
  Proof proof = Proof::none;
  std::optional<std::int64_t> signed_at;
};

/// Bounds of the signed time, in whole seconds from `received_ms`; both ends are within.
struct Window {
  std::uint32_t max_age_seconds = 0;
  std::uint32_t max_future_seconds = 0;
};

/// What came out of the trials: for HMAC rules the MAC of each trial, for asymmetric rules whether
/// a candidate held under the trial's key, candidate by candidate within trial by trial.
struct TrialResults {
  std::span<const Bytes> macs;
  std::span<const bool> checks;
};

/// Proof that a delivery is authentic and fresh. Only `conclude` makes one, and only the ticket of
/// a delivery that had one brings it back, so a function that takes an `Authentic` cannot be
/// reached by a forged delivery. Borrows the delivery.
class Authentic {
 public:
  [[nodiscard]] const http::Delivery& delivery() const { return *delivery_; }
  [[nodiscard]] const ProofSeal& seal() const { return seal_; }

 private:
  friend Result<Authentic, Reason> conclude(const Scheme&, const Claims&, std::span<const Trial>,
                                            const TrialResults&, const Window&,
                                            const http::Delivery&);
  friend class gate::TicketFields;
  Authentic(const ProofSeal& seal, const http::Delivery& delivery)
      : seal_(seal), delivery_(&delivery) {}

  ProofSeal seal_;
  const http::Delivery* delivery_;
};

/// `plan_trials` lists what has to be tried: each rule that has candidates, with each of its keys
/// and each spelling. The number does not depend on which of them matches.
///
/// Refuses: `malformed_content`, `body_hash_mismatch`.
[[nodiscard]] Result<std::span<const Trial>, Reason> plan_trials(const Scheme& scheme,
                                                                 std::span<const Key> keys,
                                                                 const Claims& claims,
                                                                 std::string_view url,
                                                                 Reading& reading, Arena& arena);

/// `compute_mac` hashes a trial's content here, in the module.
[[nodiscard]] Bytes compute_mac(const Trial& trial, Bytes body, Arena& arena);

/// `conclude` compares every candidate with every trial of its rule, in constant time and without
/// an early end, and then judges the signed time.
///
/// Refuses: `bad_signature`, then `stale` or `future`.
[[nodiscard]] Result<Authentic, Reason> conclude(const Scheme& scheme, const Claims& claims,
                                                 std::span<const Trial> trials,
                                                 const TrialResults& results, const Window& window,
                                                 const http::Delivery& delivery);

}  // namespace postern::scheme
