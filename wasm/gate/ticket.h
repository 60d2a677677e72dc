#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/arena.h"
#include "base/bytes.h"
#include "http/delivery.h"
#include "scheme/event.h"
#include "scheme/reason.h"
#include "scheme/verify.h"

namespace postern::gate {

/// The whole of a ticket. A queue message has room for thirty.
inline constexpr std::size_t ticket_bytes_max = 4096;

/// Names and values of the headers that a ticket keeps: those of the scheme, and those that go on
/// to the origin. With the longest query and all else it fits a ticket.
inline constexpr std::size_t kept_header_bytes_max = 2560;
inline constexpr std::size_t kept_headers_max = 64;

inline constexpr std::size_t token_bytes = 16;

/// What the gate waits for.
enum class Phase : std::uint8_t {
  body_to_verify = 1,    // supply_body, before anything is verified
  macs = 2,              // mac
  key = 3,               // fetch_key
  checks = 4,            // check_signature
  body_to_identify = 5,  // supply_body, of an authentic delivery
  digests = 6,           // mac, of an authentic delivery
  claim = 7,
  forward_signature = 8,  // mac, over what is about to be forwarded
  forward = 9,
  answered = 10,  // answer, with the ledger still to be told
  settled = 11,   // commit or release
};

inline constexpr Phase phase_last = Phase::settled;

enum class Verdict : std::uint8_t {
  forwarded = 0,
  duplicate = 1,
  busy = 2,
  refused = 3,
  handshake = 4,
  accepted = 5,
  unrouted = 6,
  failed = 7,
};

/// What an operator should know although the delivery went through.
struct Degraded {
  bool ledger_was_down = false;  // Forwarded without a claim, as the source's policy says.
  bool commit_failed = false;    // The origin has it, the ledger does not know.
  bool release_failed = false;   // The lease has to run out.
};

/// A delivery's whole state between two calls. The parts behind `phase` are empty until the phase
/// that fills them. Borrows from the ticket's bytes.
struct Ticket {
  Phase phase = Phase::body_to_verify;
  /// The next call must bring the delivery's body.
  bool needs_body = false;
  /// Of the policy that the rest refers to by number; a ticket of another policy is malformed.
  std::uint32_t policy_id = 0;
  std::uint16_t source = 0;
  std::array<std::byte, token_bytes> token{};
  http::Delivery delivery;
  // From the verdict on.
  scheme::ProofSeal seal;
  scheme::EventKey key{};
  std::string_view event_type;
  std::uint16_t route = 0;
  // From the claim on.
  std::uint64_t epoch = 0;
  bool maybe_duplicate = false;
  Degraded degraded;
  // From the forward on.
  std::uint64_t forwarded_at_seconds = 0;
  std::uint16_t origin_status = 0;
  std::uint16_t status = 0;
  std::uint32_t retry_after_seconds = 0;
  Verdict verdict = Verdict::forwarded;
  Reason reason = Reason::none;
};

/// `encode_ticket` writes `ticket` into `room`, which has `ticket_bytes_max` bytes. The delivery's
/// body and path stay out: the host keeps the one, the source has the other.
[[nodiscard]] Bytes encode_ticket(const Ticket& ticket, MutableBytes room);

/// `decode_ticket` refuses everything that `encode_ticket` would not have written.
[[nodiscard]] std::optional<Ticket> decode_ticket(Bytes bytes, Arena& arena);

[[nodiscard]] std::string_view name_of(Verdict verdict);

}  // namespace postern::gate
