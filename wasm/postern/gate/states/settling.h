#pragma once

#include "postern/base/bytes.h"
#include "postern/gate/call.h"
#include "postern/gate/decision.h"
#include "postern/gate/ending.h"

// A forward is over: tell the sender, then the ledger.
//
//   asks: answer, while a sender waits, then commit or release   then: finish, retry_later,
//   dead_letter

namespace postern::gate {

/// The answer is on its way, or the ledger is being told what `facts.decision` says. Also of an
/// owed event that no route of today leads on: then the ledger is all that is told.
struct Settling {
  static constexpr StateNumber number = StateNumber::settling;
  [[nodiscard]] StepBytes resume(Call& call, Report& report) const;
};

/// `tell_sender` gives the sender its answer; the ledger follows where no sender waits.
[[nodiscard]] StepBytes tell_sender(Call& call, const AnswerParts& parts);

/// `settle_run` tells the ledger at once, as nobody waits for a run, and plans the next run.
[[nodiscard]] StepBytes settle_run(Call& call);

/// `end_run` ends a run, with that decision and nothing left to do.
[[nodiscard]] StepBytes end_run(Call& call, const Decision& decision);

/// `retry_later` ends a run; its message comes back after the delay.
[[nodiscard]] StepBytes retry_later(Call& call, const Decision& decision, std::uint64_t delay_ms);

/// `fail_later` ends a run that failed for that reason.
[[nodiscard]] StepBytes fail_later(Call& call, Reason reason, std::uint64_t delay_ms);

/// Until a run that could not reach the ledger, or found no route, is tried again: longer than a
/// restart takes.
inline constexpr std::uint32_t unreachable_delay_ms = 30'000;

/// How many forwards the event may have, and when: its route's schedule, or the default.
[[nodiscard]] const policy::Retry& schedule_of(const Call& call);

[[nodiscard]] std::uint64_t elapsed_ms(const Call& call);  // Since the delivery arrived.

}  // namespace postern::gate
