#pragma once

#include "postern/base/bytes.h"
#include "postern/gate/call.h"
#include "postern/ledger/ledger.h"
#include "postern/scheme/event.h"
#include "postern/scheme/reason.h"

// An event that the gate owes its origin, and the runs of a queue that drive it. Its ticket lies in
// a store, perhaps for days: it may be of another policy.
//
//   asks: supply_body, to route it anew; claim, to take it   next: forwarding, settling, accepting

namespace postern::gate {

/// A queue has to bring it back, with 16 random bytes for the run.
struct Owed {
  static constexpr StateNumber number = StateNumber::owed;
  scheme::Event event;
  [[nodiscard]] StepBytes resume(Call& call, Report& report) const;
};

/// Under another policy than the one that accepted it, with filters that read the body.
struct Rerouting {
  static constexpr StateNumber number = StateNumber::rerouting;
  scheme::Event event;
  [[nodiscard]] StepBytes resume(Call& call, Report& report) const;
};

/// The ledger is asked to lease what is owed to this run. The event may have no route any more:
/// then the ledger is told so.
struct Taking {
  static constexpr StateNumber number = StateNumber::taking;
  scheme::Event event;
  [[nodiscard]] StepBytes resume(Call& call, Report& report) const;
};

/// `end_taken` ends a run by a reply that grants nothing: its event is done, or somebody else's.
[[nodiscard]] StepBytes end_taken(Call& call, const ledger::Reply& reply);

/// `retry_whole` ends a run of a message that is the only copy. The queue gives a message up after
/// a number of times, so waits grow with its age, and last for days.
[[nodiscard]] StepBytes retry_whole(Call& call, Reason reason);

}  // namespace postern::gate
