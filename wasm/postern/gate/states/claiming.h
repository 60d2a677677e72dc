#pragma once

#include "postern/base/bytes.h"
#include "postern/gate/call.h"
#include "postern/gate/decision.h"
#include "postern/gate/routed.h"
#include "postern/ledger/ledger.h"

// An event has its route: is it this delivery's to forward?
//
//   asks: limit, where the source limits itself, then claim
//   next: forwarding; accepting, for a route in queue mode; entrusting, when the ledger is down

namespace postern::gate {

/// The source's own rate limit is being asked. Only authentic deliveries count.
struct Admitting {
  static constexpr StateNumber number = StateNumber::admitting;
  Routed routed;
  [[nodiscard]] StepBytes resume(Call& call, Report& report) const;
};

/// The ledger is asked to lease the event to this delivery.
struct Claiming {
  static constexpr StateNumber number = StateNumber::claiming;
  Routed routed;
  [[nodiscard]] StepBytes resume(Call& call, Report& report) const;
};

/// `admit` counts the event and hands it to the ledger. May end with 200 for a duplicate, 429, 503,
/// 409 for a content that is another's.
[[nodiscard]] StepBytes admit(const Routed& routed);

/// `decision_of` is what a reply means that grants nothing: the ledger has the event already,
/// somebody is at it, or its content came under another hint.
[[nodiscard]] Decision decision_of(const ledger::Reply& reply);

/// `is_turned_down` says whether a reply is one that a question for a new event can have, and
/// grants nothing; `turn_down` ends a delivery with it.
[[nodiscard]] bool is_turned_down(const ledger::Reply& reply);
[[nodiscard]] StepBytes turn_down(Call& call, const ledger::Reply& reply);

/// Nobody knows whether the event is new: what now is the source's to say.
[[nodiscard]] StepBytes go_on_without_ledger(const Routed& routed);

}  // namespace postern::gate
