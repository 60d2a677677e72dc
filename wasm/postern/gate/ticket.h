#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "postern/base/arena.h"
#include "postern/base/bytes.h"
#include "postern/http/delivery.h"
#include "postern/scheme/event.h"
#include "postern/scheme/reason.h"
#include "postern/scheme/verify.h"

namespace postern::gate {

/// The whole of a ticket. A queue message has room for ten.
inline constexpr std::size_t ticket_bytes_max = 12288;

/// Names and values of the headers that a ticket keeps: those of the scheme, which must fit, and
/// those that go on to the origin as far as there is room. Two lists of the longest signatures fit.
/// With the longest query and all else it fits a ticket.
inline constexpr std::size_t kept_header_bytes_max = 9216;
inline constexpr std::size_t kept_headers_max = 64;

inline constexpr std::size_t token_bytes = 16;

/// What the gate waits for.
enum class Phase : std::uint8_t {
  limit_address = 1,     // limit, before anything is verified
  body_to_verify = 2,    // supply_body, before anything is verified
  macs = 3,              // mac
  key = 4,               // fetch_key
  checks = 5,            // check_signature
  body_to_identify = 6,  // supply_body, of an authentic delivery
  digests = 7,           // mac, of an authentic delivery
  limit_source = 8,      // limit, of a delivery that has a route
  claim = 9,
  forward_signature = 10,  // mac, over what is about to be forwarded
  forward = 11,
  answered = 12,  // answer, with the ledger or the queue still to be told
  settled = 13,   // commit or release
  accept = 14,
  enqueue = 15,
  queued = 16,         // Stored, perhaps for days, until a queue drives it.
  body_to_route = 17,  // supply_body, of a queued delivery under another policy
  take = 18,           // claim, in a queue run
};

inline constexpr Phase phase_last = Phase::take;

/// Numbers of a queued delivery for which today's policy has no source, or no route.
inline constexpr std::uint16_t no_number = 0xFFFF;

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

/// A delivery's whole state between two calls. The parts behind `phase` are empty until the phase
/// that fills them. Borrows from the ticket's bytes.
struct Ticket {
  /// Not inlined: the initial values would stand in the module once for every use.
  [[gnu::noinline]] Ticket();

  Phase phase = Phase::body_to_verify;
  /// The next call must bring the delivery's body.
  bool needs_body = false;
  /// Of the policy that the rest refers to by number; a ticket of another policy is malformed.
  std::uint32_t policy_id = 0;
  std::uint16_t source = 0;
  /// The delivery's reference.
  std::array<std::byte, token_bytes> token{};
  /// Who asks for leases: the delivery, or one run of a queue. Fresh for each.
  std::array<std::byte, token_bytes> owner{};
  http::Delivery delivery;
  // From the verdict on.
  scheme::ProofSeal seal;
  /// Of the event; of a copy's content. What a copy is known by: `own_key_of`.
  scheme::EventKey key{};
  scheme::EventHint hint{};
  std::string_view event_type;
  std::string_view sender_id;  // The sender's own; empty where it has none.
  std::uint16_t route = 0;
  std::uint16_t shard = 0;
  /// Which of the route's destinations, in this policy and in every policy: CRC-32 of its text.
  std::uint8_t destination = 0;
  bool is_copy = false;  // Of a content that came under another hint before.
  std::uint32_t destination_id = 0;
  // Of a delivery that was queued.
  /// The first destination has the event's own row, each other one a row of its own.
  bool is_first_destination = false;
  bool is_only_destination = false;
  bool is_queue_run = false;
  bool is_whole = false;  // The ledger could not take it: ticket and body are a queue's message.
  std::string_view source_name;
  std::uint16_t attempts = 0;  // Forwards that failed before this run.
  bool is_last_attempt = false;
  /// It is let through only to see what the verdict would have been.
  bool is_observed = false;
  std::uint32_t delay_ms = 0;  // Until the next run.
  // From the claim on.
  std::uint64_t claimed_at_ms = 0;  // When it was asked for: the lease may have begun then.
  std::uint64_t epoch = 0;
  bool maybe_duplicate = false;
  // What an operator should know although the delivery went through.
  bool ledger_was_down = false;  // Forwarded without a claim, as the source's policy says.
  bool commit_failed = false;    // The origin has it, the ledger does not know.
  bool release_failed = false;   // The lease has to run out.
  bool limit_was_down = false;   // Nobody counted it against the source's rate limit.
  // From the forward on.
  std::uint64_t forwarded_at_seconds = 0;
  std::uint16_t origin_status = 0;
  std::uint16_t status = 0;
  std::uint32_t retry_after_seconds = 0;
  Verdict verdict = Verdict::forwarded;
  Reason reason = Reason::none;
};

/// `own_key_of` is the key that an origin knows this delivery's event by.
[[nodiscard]] scheme::EventKey own_key_of(const Ticket& ticket);

/// `encode_ticket` writes `ticket` into `room`, which has `ticket_bytes_max` bytes. The delivery's
/// body and path stay out: the host keeps the one, the source has the other.
[[nodiscard]] Bytes encode_ticket(const Ticket& ticket, MutableBytes room);

/// `decode_ticket` refuses everything that `encode_ticket` would not have written.
[[nodiscard]] std::optional<Ticket> decode_ticket(Bytes bytes, Arena& arena);

[[nodiscard]] std::string_view name_of(Verdict verdict);

}  // namespace postern::gate
