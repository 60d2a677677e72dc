#pragma once

#include "postern/base/bytes.h"
#include "postern/gate/call.h"
#include "postern/gate/routed.h"

// Queue mode: the sender is told as soon as the event is kept, and a queue drives it from there.
//
//   accepting asks: accept             next: accepted, or entrusting when the ledger is down
//   accepted asks: answer, enqueue     then: finish
//   entrusting asks: enqueue           then: the end

namespace postern::gate {

/// The store is asked to keep one entry for each destination. In a run: of a message that has the
/// whole event, since the ledger was down when it came.
struct Accepting {
  static constexpr StateNumber number = StateNumber::accepting;
  Routed routed;
  [[nodiscard]] StepBytes resume(Call& call, Report& report) const;
};

/// The store has it.
struct Accepted {
  static constexpr StateNumber number = StateNumber::accepted;
  Routed routed;
  [[nodiscard]] StepBytes resume(Call& call, Report& report) const;
};

/// The ledger cannot take the event, but a queue may, whole: it asks the ledger when it is back.
struct Entrusting {
  static constexpr StateNumber number = StateNumber::entrusting;
  Routed routed;
  [[nodiscard]] StepBytes resume(Call& call, Report& report) const;
};

/// `accept` asks the store to keep one entry for each destination, all of them or none. Copies are
/// counted against their limit once, by the first, so that no destination goes without.
[[nodiscard]] StepBytes accept(const Routed& routed);

/// `entrust` hands the whole event to a queue.
[[nodiscard]] StepBytes entrust(const Routed& routed);

}  // namespace postern::gate
