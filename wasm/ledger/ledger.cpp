#include "ledger/ledger.h"

#include <algorithm>
#include <cstdint>
#include <limits>

#include "base/check.h"

namespace postern::ledger {
namespace {

constexpr std::uint64_t u64_max = std::numeric_limits<std::uint64_t>::max();
constexpr std::uint16_t u16_max = std::numeric_limits<std::uint16_t>::max();

/// The later time, or the last one that fits.
std::uint64_t later_by(std::uint64_t time_ms, std::uint64_t duration_ms) {
  return duration_ms > u64_max - time_ms ? u64_max : time_ms + duration_ms;
}

/// When a row that is kept for `retain_ms` may be forgotten; 0 is never.
std::uint64_t expiry(std::uint64_t now_ms, std::uint64_t retain_ms) {
  const bool for_ever = retain_ms == 0 || retain_ms > u64_max - now_ms;
  return for_ever ? 0 : now_ms + retain_ms;
}

bool is_expired(const Row& row, std::uint64_t now_ms) {
  // A claim is left by its lease alone: forgetting it early would forget the doubt it leaves. What
  // is owed is never forgotten.
  const bool may_expire = row.state == State::done || row.state == State::retryable;
  return may_expire && row.expires_ms != 0 && now_ms >= row.expires_ms;
}

/// Leased to one owner, who may have lost the lease by now.
bool is_leased(const Row& row) {
  return row.state == State::claimed || row.state == State::delivering;
}

bool is_queued(const Row& row) { return row.state >= State::accepted; }

Transition unchanged(const Row& row, const Reply& reply) {
  return {.row = row, .keep = Keep::unchanged, .reply = reply};
}

Transition duplicate(const Row& row) {
  return unchanged(row, {.answer = Answer::duplicate, .status = row.status});
}

Transition ignored(const Row& row) { return unchanged(row, {.answer = Answer::ignored}); }

/// The row as it counts now: what has expired is absent. Its epoch stays, so that a store that
/// keeps expired rows gives rising epochs across their lives too.
Row as_of(const Row& row, std::uint64_t now_ms) {
  if (row.state == State::absent) {
    return Row{.first_seen_ms = now_ms};
  }
  if (is_expired(row, now_ms)) {
    return Row{.epoch = row.epoch, .first_seen_ms = now_ms};
  }
  return row;
}

/// The smallest epoch that a store with this start may grant: above all that it granted before.
std::uint64_t lowest_epoch(const Clock& clock) {
  return std::min(clock.started_ms, started_ms_max) << epoch_start_shift;
}

/// Whether a lease that the store lost when it started could still be running.
bool may_have_lost_a_lease(const Clock& clock, std::uint32_t lease_ms) {
  return clock.started_ms != 0 && clock.now_ms < later_by(clock.started_ms, lease_ms);
}

Reply granted(const Row& row) {
  return {.answer = Answer::granted,
          .epoch = row.epoch,
          .maybe_duplicate = row.maybe_duplicate,
          .attempts = row.state == State::delivering ? row.attempts : std::uint16_t{0}};
}

/// A new lease, whose state is `leased`.
Transition grant(const Row& row, State leased, const Operation& operation, const Clock& clock) {
  if (row.epoch == u64_max) {
    return unchanged(row, {.answer = Answer::busy, .wait_ms = operation.lease_ms});
  }
  Row next = row;
  next.state = leased;
  next.epoch = std::max(row.epoch + 1, lowest_epoch(clock));
  next.owner = operation.owner;
  next.lease_until_ms = later_by(clock.now_ms, operation.lease_ms);
  next.expires_ms = 0;
  next.maybe_duplicate =
      row.maybe_duplicate || is_leased(row) || may_have_lost_a_lease(clock, operation.lease_ms);
  return {.row = next, .keep = Keep::in_memory, .reply = granted(next)};
}

/// What everybody gets while a lease runs: its owner the grant once more, others the time left.
Transition while_leased(const Row& row, const Operation& operation, const Clock& clock) {
  const Reply busy{.answer = Answer::busy, .wait_ms = row.lease_until_ms - clock.now_ms};
  return unchanged(row, row.owner == operation.owner ? granted(row) : busy);
}

bool lease_runs(const Row& row, const Clock& clock) {
  return is_leased(row) && clock.now_ms < row.lease_until_ms;
}

Transition claim(const Row& row, const Operation& operation, const Clock& clock) {
  if (row.state == State::done || is_queued(row)) {
    return duplicate(row);
  }
  return lease_runs(row, clock) ? while_leased(row, operation, clock)
                                : grant(row, State::claimed, operation, clock);
}

/// The event is owed from now on, by us: whoever forwarded it before had no success.
Transition accept(const Row& row, const Operation& operation, const Clock& clock) {
  if (row.state == State::done || is_queued(row)) {
    return duplicate(row);
  }
  if (lease_runs(row, clock)) {
    return unchanged(row, {.answer = Answer::busy, .wait_ms = row.lease_until_ms - clock.now_ms});
  }
  Row next{.state = State::accepted,
           .epoch = row.epoch,
           .first_seen_ms = row.first_seen_ms,
           .maybe_duplicate = row.maybe_duplicate || is_leased(row),
           .due_ms = later_by(clock.now_ms, operation.delay_ms)};
  return {.row = next, .keep = Keep::durable, .reply = {.answer = Answer::accepted}};
}

Transition take(const Row& row, const Operation& operation, const Clock& clock) {
  if (row.state == State::done || row.state == State::dead) {
    return duplicate(row);
  }
  if (!is_queued(row)) {
    return ignored(row);
  }
  if (lease_runs(row, clock)) {
    return while_leased(row, operation, clock);
  }
  if (row.state == State::accepted && clock.now_ms < row.due_ms) {
    return unchanged(row, {.answer = Answer::busy, .wait_ms = row.due_ms - clock.now_ms});
  }
  Transition transition = grant(row, State::delivering, operation, clock);
  transition.row.due_ms = 0;
  return transition;
}

/// Success is a fact: it is taken from any epoch and in any state, also when the lease is lost.
Transition commit(const Row& row, const Operation& operation, const Clock& clock) {
  if (row.state == State::done) {
    return unchanged(row, {.answer = Answer::done, .status = row.status});
  }
  Row next = row;
  next.state = State::done;
  next.epoch = std::max(row.epoch, operation.epoch);
  next.owner = {};
  next.lease_until_ms = 0;
  next.expires_ms = expiry(clock.now_ms, operation.retain_ms);
  next.status = operation.status;
  next.due_ms = 0;
  return {
      .row = next, .keep = Keep::durable, .reply = {.answer = Answer::done, .status = next.status}};
}

/// A doubt from an epoch that is not the current one ends no lease, but it is kept: its owner's
/// lease may be lost, and then nothing else remembers that the origin may have seen the event.
Transition keep_doubt(const Row& row, const Operation& operation, const Clock& clock) {
  const bool is_kept = row.state == State::done || row.maybe_duplicate;
  if (operation.outcome == Outcome::known || is_kept) {
    return ignored(row);
  }
  Row next = row;
  next.maybe_duplicate = true;
  if (!is_leased(row)) {
    next.epoch = std::max(row.epoch, operation.epoch);
  }
  if (!is_leased(row) && !is_queued(row)) {
    next.state = State::retryable;
    next.expires_ms = expiry(clock.now_ms, operation.retain_ms);
  }
  // A lease is never durable. Its own commit or release will be, and takes the mark along.
  const Keep keep = is_leased(row) ? Keep::in_memory : Keep::durable;
  // A run must not take it for the end of the event that it asked for.
  const Answer answer = operation.verb == Verb::release ? Answer::done : Answer::ignored;
  return {.row = next, .keep = keep, .reply = {.answer = answer}};
}

/// Failure is an opinion: it ends a lease, into the state `after`, from the current epoch only.
Transition end_lease(const Row& row, State after, const Operation& operation, const Clock& clock) {
  const State leased = after == State::retryable ? State::claimed : State::delivering;
  if (row.state != leased || row.epoch != operation.epoch) {
    return keep_doubt(row, operation, clock);
  }
  Row next = row;
  next.state = after;
  next.owner = {};
  next.lease_until_ms = 0;
  next.expires_ms = after == State::retryable ? expiry(clock.now_ms, operation.retain_ms) : 0;
  next.due_ms = after == State::accepted ? later_by(clock.now_ms, operation.delay_ms) : 0;
  next.attempts = row.attempts == u16_max ? u16_max : static_cast<std::uint16_t>(row.attempts + 1);
  next.maybe_duplicate = row.maybe_duplicate || operation.outcome == Outcome::unknown;
  const bool may_be_lost = after == State::retryable && !next.maybe_duplicate;
  return {.row = next,
          .keep = may_be_lost ? Keep::in_memory : Keep::durable,
          .reply = {.answer = Answer::done}};
}

/// What the origin has seen of an event that an operator reopens, nobody knows.
Transition reopen(const Row& row, const Operation& operation, const Clock& clock) {
  if (row.state == State::absent) {
    return ignored(row);
  }
  const bool is_owed = is_queued(row);
  Row next = row;
  next.state = is_owed ? State::accepted : State::retryable;
  next.owner = {};
  next.lease_until_ms = 0;
  next.expires_ms = is_owed ? 0 : expiry(clock.now_ms, operation.retain_ms);
  next.attempts = is_owed ? 0 : row.attempts;
  next.maybe_duplicate = row.maybe_duplicate || row.state == State::delivering || !is_owed;
  next.status = 0;
  next.due_ms = is_owed ? clock.now_ms : 0;
  return {.row = next, .keep = Keep::durable, .reply = {.answer = Answer::done}};
}

Transition advance(const Row& row, const Operation& operation, const Clock& clock) {
  switch (operation.verb) {
    case Verb::claim:
      return claim(row, operation, clock);
    case Verb::commit:
      return commit(row, operation, clock);
    case Verb::release:
      return end_lease(row, State::retryable, operation, clock);
    case Verb::accept:
      return accept(row, operation, clock);
    case Verb::take:
      return take(row, operation, clock);
    case Verb::fail:
      return end_lease(row, State::accepted, operation, clock);
    case Verb::bury:
      return end_lease(row, State::dead, operation, clock);
    case Verb::reopen:
      return reopen(row, operation, clock);
  }
  trap();
}

}  // namespace

std::uint64_t due_of(const Row& row) {
  if (row.state == State::delivering) {
    return row.lease_until_ms;
  }
  return row.state == State::accepted ? row.due_ms : 0;
}

Transition apply(const Row& row, const Operation& operation, const Clock& clock) {
  POSTERN_CHECK(row.state <= State::dead);
  Transition transition = advance(as_of(row, clock.now_ms), operation, clock);
  if (transition.keep == Keep::unchanged) {
    transition.row = row;
  }
  return transition;
}

}  // namespace postern::ledger
