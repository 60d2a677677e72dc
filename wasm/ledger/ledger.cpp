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
  // A claim is left by its lease alone: forgetting it early would forget the doubt it leaves.
  return row.state != State::claimed && row.expires_ms != 0 && now_ms >= row.expires_ms;
}

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
  return {.answer = Answer::granted, .epoch = row.epoch, .maybe_duplicate = row.maybe_duplicate};
}

Transition grant(const Row& row, const Operation& operation, const Clock& clock) {
  const bool takes_over = row.state == State::claimed;
  Row next = row;
  next.state = State::claimed;
  next.epoch = std::max(row.epoch + 1, lowest_epoch(clock));
  next.owner = operation.owner;
  next.lease_until_ms = later_by(clock.now_ms, operation.lease_ms);
  next.expires_ms = 0;
  next.maybe_duplicate =
      row.maybe_duplicate || takes_over || may_have_lost_a_lease(clock, operation.lease_ms);
  return {.row = next, .keep = Keep::in_memory, .reply = granted(next)};
}

Transition claim(const Row& row, const Operation& operation, const Clock& clock) {
  if (row.state == State::done) {
    return {.row = row,
            .keep = Keep::unchanged,
            .reply = {.answer = Answer::duplicate, .status = row.status}};
  }
  if (row.state == State::claimed && clock.now_ms < row.lease_until_ms) {
    const Reply busy{.answer = Answer::busy, .wait_ms = row.lease_until_ms - clock.now_ms};
    return {.row = row,
            .keep = Keep::unchanged,
            .reply = row.owner == operation.owner ? granted(row) : busy};
  }
  if (row.epoch == u64_max) {
    return {.row = row,
            .keep = Keep::unchanged,
            .reply = {.answer = Answer::busy, .wait_ms = operation.lease_ms}};
  }
  return grant(row, operation, clock);
}

/// Success is a fact: it is taken from any epoch and in any state, also when the lease is lost.
Transition commit(const Row& row, const Operation& operation, const Clock& clock) {
  if (row.state == State::done) {
    return {.row = row,
            .keep = Keep::unchanged,
            .reply = {.answer = Answer::done, .status = row.status}};
  }
  Row next = row;
  next.state = State::done;
  next.epoch = std::max(row.epoch, operation.epoch);
  next.owner = {};
  next.lease_until_ms = 0;
  next.expires_ms = expiry(clock.now_ms, operation.retain_ms);
  next.status = operation.status;
  return {
      .row = next, .keep = Keep::durable, .reply = {.answer = Answer::done, .status = next.status}};
}

/// A doubt from an epoch that is not the current one ends no lease, but it is kept: its owner's
/// lease may be lost, and then nothing else remembers that the origin may have seen the event.
Transition keep_doubt(const Row& row, const Operation& operation, const Clock& clock) {
  const bool is_kept = row.state == State::done || row.maybe_duplicate;
  if (operation.outcome == Outcome::known || is_kept) {
    return {.row = row, .keep = Keep::unchanged, .reply = {.answer = Answer::ignored}};
  }
  Row next = row;
  next.maybe_duplicate = true;
  if (row.state != State::claimed) {
    next.state = State::retryable;
    next.epoch = std::max(row.epoch, operation.epoch);
    next.expires_ms = expiry(clock.now_ms, operation.retain_ms);
  }
  // A claim is never durable. Its own commit or release will be, and takes the mark along.
  const Keep keep = row.state == State::claimed ? Keep::in_memory : Keep::durable;
  return {.row = next, .keep = keep, .reply = {.answer = Answer::done}};
}

/// Failure is an opinion: it ends a lease from the current epoch only.
Transition release(const Row& row, const Operation& operation, const Clock& clock) {
  if (row.state != State::claimed || row.epoch != operation.epoch) {
    return keep_doubt(row, operation, clock);
  }
  Row next = row;
  next.state = State::retryable;
  next.owner = {};
  next.lease_until_ms = 0;
  next.expires_ms = expiry(clock.now_ms, operation.retain_ms);
  next.attempts = row.attempts == u16_max ? u16_max : static_cast<std::uint16_t>(row.attempts + 1);
  next.maybe_duplicate = row.maybe_duplicate || operation.outcome == Outcome::unknown;
  return {.row = next,
          .keep = next.maybe_duplicate ? Keep::durable : Keep::in_memory,
          .reply = {.answer = Answer::done}};
}

Transition advance(const Row& row, const Operation& operation, const Clock& clock) {
  switch (operation.verb) {
    case Verb::claim:
      return claim(row, operation, clock);
    case Verb::commit:
      return commit(row, operation, clock);
    case Verb::release:
      return release(row, operation, clock);
  }
  trap();
}

}  // namespace

Transition apply(const Row& row, const Operation& operation, const Clock& clock) {
  POSTERN_CHECK(row.state <= State::done);
  Transition transition = advance(as_of(row, clock.now_ms), operation, clock);
  if (transition.keep == Keep::unchanged) {
    transition.row = row;
  }
  return transition;
}

}  // namespace postern::ledger
