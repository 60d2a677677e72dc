#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "postern/base/arena.h"
#include "postern/base/bytes.h"
#include "postern/base/fields.h"
#include "postern/contract/effects.h"
#include "postern/gate/call.h"
#include "postern/gate/states/accepting.h"
#include "postern/gate/states/arrived.h"
#include "postern/gate/states/claiming.h"
#include "postern/gate/states/forwarding.h"
#include "postern/gate/states/identifying.h"
#include "postern/gate/states/owed.h"
#include "postern/gate/states/settling.h"
#include "postern/gate/states/verifying.h"

// A delivery between two calls: what came in, the state that it is in with what is known there, and
// the effect whose outcome it waits for.

namespace postern::gate {

using contract::ticket_bytes_max;

/// Names and values of the headers that a ticket keeps: those of the scheme, which must fit, and
/// those that go on to the origin as far as there is room. Two lists of the longest signatures fit.
/// With the longest query and all else it fits a ticket.
inline constexpr std::size_t kept_header_bytes_max = 9216;
inline constexpr std::size_t kept_headers_max = 64;

/// Whose delivery it is, in a `begin` frame and in a ticket.
inline constexpr auto tenant_field =
    list_fields(POSTERN_TEXT_FIELD(Ticket, arrival.tenant, contract::tenant_bytes_max));

/// `encode_ticket` writes what `ticket` knows in its state into `room`, which has
/// `ticket_bytes_max` bytes. The delivery's body and path stay out: the host keeps the one, the
/// source has the other.
[[nodiscard]] Bytes encode_ticket(Ticket& ticket, MutableBytes room);

/// `decode_ticket` fills the ticket of `call`. False for everything that `encode_ticket` would not
/// have written, and for numbers that mean nothing in the policy of the call. Borrows: from
/// `bytes`, and from the call's arena.
[[nodiscard]] bool decode_ticket(Bytes bytes, Call& call);

/// `resume_state` makes the state that the ticket of `call` is of, with the proofs that its
/// delivery had when the ticket was written, and goes on from there.
[[nodiscard]] StepBytes resume_state(Call& call, Report& report);

/// What an operator is shown of a stored delivery. Borrows from the ticket's bytes.
struct OwedSummary {
  scheme::EventKey event_key{};
  std::string_view event_type;
  std::uint32_t destination_id = 0;
};

/// `summarize_owed` reads a stored ticket without a policy; nothing for bytes that are none.
[[nodiscard]] std::optional<OwedSummary> summarize_owed(Bytes bytes, Arena& arena);

/// How an effect is asked for.
struct Asked {
  BodyNeed body_need = BodyNeed::none;
  /// Another kind of the same form than the effect's own; `supply_body`: its own.
  EffectKind kind = EffectKind::supply_body;
};

/// `ask_in` and `finish_in` are the two below for an effect of any type, whose form its kind says,
/// so that they stand in the module once.
[[nodiscard]] StepBytes ask_in(Call& call, StateNumber state, EffectKind kind, BodyNeed body_need,
                               const void* effect);
[[nodiscard]] StepBytes finish_in(Call& call, EffectKind kind, const void* effect);

/// `ask` hands out `effect`; the delivery waits in that state for what comes of it.
template <class State, class Effect>
[[nodiscard]] inline StepBytes ask(Call& call, const State&, const Effect& effect,
                                   Asked asked = {}) {
  const EffectKind kind = asked.kind == EffectKind::supply_body ? Effect::effect : asked.kind;
  return ask_in(call, State::number, kind, asked.body_need, &effect);
}

/// `finish_with` hands out the effect that ends the delivery.
template <class Effect>
[[nodiscard]] inline StepBytes finish_with(Call& call, const Effect& effect) {
  return finish_in(call, Effect::effect, &effect);
}

}  // namespace postern::gate
