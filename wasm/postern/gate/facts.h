#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "postern/contract/numbers.h"
#include "postern/gate/decision.h"
#include "postern/scheme/event.h"
#include "postern/scheme/verify.h"

// What becomes known of a delivery on its way. The types that prove something (routed.h, permit.h)
// are handles onto these: who has one may read what it proves.

namespace postern::gate {

using contract::token_bytes;
using Token = std::array<std::byte, token_bytes>;

/// Number of a source or a route that today's policy does not have.
inline constexpr std::uint16_t no_number = 0xFFFF;

/// The states of a delivery between two calls, by the numbers that tickets have for them.
enum class StateNumber : std::uint8_t {
  arrived = 1,
  verifying = 2,
  identifying = 3,
  admitting = 4,
  claiming = 5,
  forwarding = 6,
  settling = 7,
  accepting = 8,
  accepted = 9,
  entrusting = 10,
  owed = 11,  // Stored, perhaps for days, until a queue drives it.
  rerouting = 12,
  taking = 13,
};

/// Where an event goes: a route of the policy and one of its destinations, by number, and the
/// ledger's shard that its rows stand in.
struct Place {
  std::uint16_t route = 0;
  std::uint16_t shard = 0;
  std::uint8_t destination = 0;
  /// In every policy: CRC-32 of the destination's text, or of the name of its setting.
  std::uint32_t destination_id = 0;
  /// The first destination has the event's own row, each other one a row of its own.
  bool is_first_destination = false;
  bool is_only_destination = false;
};

/// What the ledger granted, or would have.
struct Grant {
  std::uint64_t asked_at_ms = 0;  // The lease may have begun then.
  std::uint64_t epoch = 0;
  bool maybe_duplicate = false;
  bool is_copy = false;          // Of a content that came under another hint before.
  bool ledger_was_down = false;  // It could not be asked: what came then went on without it.
};

/// Of what is being forwarded.
struct Sending {
  enum class By : std::uint8_t { grant = 0, no_claim = 1, observation = 2 };
  By by = By::grant;
  std::uint64_t at_seconds = 0;
};

/// One run of the queue: a message that says which owed event is to be driven.
struct Run {
  Token owner{};  // Fresh for each run: who asks for the lease.
  std::string_view source_name;
  bool is_whole = false;  // The ledger could not take it: ticket and body are a queue's message.
  std::uint16_t attempts = 0;  // Forwards that failed before this run.
  bool is_last_attempt = false;
  std::uint32_t delay_ms = 0;  // Until the next run.
};

/// Which parts of the facts a ticket holds: those that its state knows.
struct Parts {
  bool has_seal = false;
  bool has_time = false;  // Of the seal: when the sender signed.
  bool has_event = false;
  bool has_sending = false;
  bool has_decision = false;
};

/// Each part is empty until the state that fills it. Borrows from the call's frame and arena.
struct Facts {
  bool is_run = false;  // No sender waits.
  Parts parts;
  // For the record.
  bool is_authentic = false;    // `seal` says what was proved.
  bool has_event = false;       // `event` says which.
  bool commit_failed = false;   // The origin has it, the ledger does not know.
  bool release_failed = false;  // The lease has to run out.
  Decision decision;
  Place place;
  Grant grant;
  Sending sending;
  scheme::ProofSeal seal;
  std::uint64_t signed_at = 0;  // Of the seal, as a ticket has it.
  std::string_view sender_id;   // The sender's own id of the event; empty where it has none.
  scheme::EventFacts event;
  Run run;
};

}  // namespace postern::gate
