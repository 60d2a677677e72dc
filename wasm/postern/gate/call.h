#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "postern/base/arena.h"
#include "postern/base/bytes.h"
#include "postern/base/wire.h"
#include "postern/gate/facts.h"
#include "postern/gate/limits.h"
#include "postern/gate/live_source.h"
#include "postern/http/delivery.h"
#include "postern/policy/policy.h"
#include "postern/scheme/key.h"

namespace postern::gate {

/// What stays the same for all deliveries.
struct Configuration {
  const policy::Policy* policy = nullptr;
  std::span<const LiveSource> sources;
  /// The keys that sign forwards, by slot; null for other slots.
  std::span<const scheme::Key* const> forward_keys;
  /// How many HMAC keys there are: those that sign forwards, by slot, then those of the sources.
  std::uint16_t hmac_keys = 0;
  /// CRC-32 of the policy file: says which policy a ticket's numbers mean.
  std::uint32_t policy_id = 0;
};

/// A delivery as it came in: what is known of it in every state. Borrows from the call's frame.
struct Arrival {
  std::uint8_t flags = 0;  // Of the frame that brought it.
  std::uint32_t policy_id = 0;
  std::uint16_t source_number = 0;
  /// The delivery's reference, and its name as an owner of leases.
  Token token{};
  /// Nobody counted it against the source's rate limit.
  bool limit_was_down = false;
  /// The host asked for the source's secrets, and says whose they are: nobody's if it is empty.
  bool has_tenant = false;
  std::string_view tenant;
  http::Delivery delivery;

  [[nodiscard]] bool is_of_nobody() const { return has_tenant && tenant.empty(); }
};

/// Whether the next `resume` must bring the delivery's body into the module.
enum class BodyNeed : std::uint8_t { none = 0, next = 1 };
[[nodiscard]] constexpr BodyNeed need_if(bool is_needed) {
  return is_needed ? BodyNeed::next : BodyNeed::none;
}

/// How a ticket begins: in which state the delivery is, and what it waits for.
struct TicketHead {
  // NOLINTBEGIN(bugprone-invalid-enum-default-initialization): a blank ticket is zero, and no
  // state.
  StateNumber state{};
  EffectKind awaits{};
  // NOLINTEND(bugprone-invalid-enum-default-initialization)
  BodyNeed body_need = BodyNeed::none;
};

/// A delivery's whole state between two calls. All of it is zero at first. What is used most comes
/// first: a short way to a member takes a byte less, each time.
struct Ticket {
  /// Null for a path of no source, and for a stored delivery whose source is gone.
  const LiveSource* source = nullptr;
  std::uint8_t version = 0;
  TicketHead head;
  Facts facts;
  Arrival arrival;
};

/// As every delivery begins: a copy takes one instruction, initial values one for each member.
/// Never written.
extern Ticket blank_ticket;

/// One call into the gate: the delivery that it is about, and what its code may use.
struct Call : Ticket {
  Call(const Configuration& its_configuration, Arena& its_arena, MutableBytes its_output)
      : Ticket(blank_ticket),
        arena(its_arena),
        configuration(its_configuration),
        output(its_output) {}

  Arena& arena;
  const Configuration& configuration;
  MutableBytes output;  // For one step.
  std::uint64_t now_ms = 0;
};

/// How many bytes the step has that stands in `Call::output` now; 0: the frame was malformed.
struct StepBytes {
  std::size_t count = 0;
};

/// What a host reports: the effect that it performed, and what came of it, not yet read.
struct Report {
  EffectKind of = EffectKind::supply_body;
  Reader& outcome;
};

}  // namespace postern::gate
