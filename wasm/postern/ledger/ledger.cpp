#include "postern/ledger/ledger.h"

#include <algorithm>
#include <cstdint>
#include <limits>

#include "postern/base/check.h"

namespace postern::ledger {
namespace {

constexpr std::uint64_t u64_max = std::numeric_limits<std::uint64_t>::max();
constexpr std::uint16_t u16_max = std::numeric_limits<std::uint16_t>::max();

/// The later time, or the last one that fits.
std::uint64_t later_by(std::uint64_t time_ms, std::uint64_t duration_ms) {
  return duration_ms > u64_max - time_ms ? u64_max : time_ms + duration_ms;
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

/// The smallest epoch that a store with this start may grant: above all that it granted before.
std::uint64_t lowest_epoch(const Clock& clock) {
  return std::min(clock.started_ms, started_ms_max) << epoch_start_shift;
}

/// Whether a lease that the store lost when it started could still be running.
bool may_have_lost_a_lease(const Clock& clock, std::uint32_t lease_ms) {
  return clock.started_ms != 0 && clock.now_ms < later_by(clock.started_ms, lease_ms);
}

/// One operation on one row. The rules below change row and reply in place and say what the store
/// must do with the row; the reply is `ignored` until a rule says otherwise.
class Change {
 public:
  Change(Row& row, Reply& reply, const Operation& operation, const Clock& clock)
      : row_(row), reply_(reply), operation_(operation), clock_(clock) {}

  Keep apply() {
    forget_if_expired();
    reply_.is_copy = operation_.is_copy;
    if (comes_under_another_hint()) {
      return asks_for_the_event() ? copy() : keep_doubt();
    }
    if (row_.hint == Hint{}) {
      row_.hint = operation_.hint;
    }
    switch (operation_.verb) {
      case Verb::claim:
        return claim();
      case Verb::commit:
        return commit();
      case Verb::release:
        return end_lease(State::retryable);
      case Verb::accept:
        return accept();
      case Verb::take:
        return take();
      case Verb::fail:
        return end_lease(State::accepted);
      case Verb::bury:
        return end_lease(State::dead);
      case Verb::reopen:
        return reopen();
      case Verb::drop:
        return drop();
      case Verb::redrive:
        return redrive();
      case Verb::give_up:
        return give_up();
    }
    trap();
  }

 private:
  /// The row as it counts now: what has expired is absent. Its epoch stays, so that a store that
  /// keeps expired rows gives rising epochs across their lives too.
  void forget_if_expired() {
    if (row_.state == State::absent || is_expired(row_, clock_.now_ms)) {
      const std::uint64_t epoch = row_.state == State::absent ? 0 : row_.epoch;
      row_ = {.epoch = epoch, .first_seen_ms = clock_.now_ms};
    }
  }

  /// Whoever came first under another hint may be another event, or may be this one. Its row is not
  /// for this delivery to use, and what becomes of it is nothing that this delivery can tell.
  [[nodiscard]] bool comes_under_another_hint() const {
    return row_.state != State::absent && row_.hint != Hint{} && operation_.hint != Hint{} &&
           row_.hint != operation_.hint;
  }

  [[nodiscard]] bool asks_for_the_event() const {
    return operation_.verb == Verb::claim || operation_.verb == Verb::accept;
  }

  /// A copy of the content is about to go to the origin from a row of its own, so what stands here
  /// is marked, and remembered as long as the copy.
  Keep copy() {
    if (operation_.copies_max == 0) {
      return say(Answer::elsewhere, Keep::unchanged);
    }
    const std::uint64_t window_ends_ms = later_by(row_.copies_since_ms, copies_window_ms);
    if (row_.copies == 0 || clock_.now_ms >= window_ends_ms) {
      row_.copies_since_ms = clock_.now_ms;
      row_.copies = 0;
    } else if (row_.copies >= operation_.copies_max) {
      reply_.wait_ms = window_ends_ms - clock_.now_ms;
      return say(Answer::limited, Keep::unchanged);
    }
    ++row_.copies;
    row_.maybe_duplicate = true;
    const std::uint64_t until_ms =
        operation_.retain_ms == 0 ? u64_max : later_by(clock_.now_ms, operation_.retain_ms);
    if (until_ms <= row_.copies_until_ms) {
      return say(Answer::elsewhere, Keep::in_memory);
    }
    row_.copies_until_ms = later_by(until_ms, copies_retain_step_ms);
    if (row_.expires_ms != 0) {
      row_.expires_ms = std::max(row_.expires_ms, row_.copies_until_ms);
    }
    return say(Answer::elsewhere, Keep::durable);
  }

  Keep claim() {
    if (row_.state == State::done || is_queued(row_)) {
      return duplicate();
    }
    return lease_runs() ? while_leased() : grant(State::claimed);
  }

  /// The event is owed from now on, by us: whoever forwarded it before had no success.
  Keep accept() {
    if (row_.state == State::done || is_queued(row_)) {
      return duplicate();
    }
    if (lease_runs()) {
      return busy_until(row_.lease_until_ms);
    }
    row_ = {.state = State::accepted,
            .epoch = row_.epoch,
            .first_seen_ms = row_.first_seen_ms,
            .maybe_duplicate = row_.maybe_duplicate || is_leased(row_) || operation_.is_copy,
            .due_ms = later_by(clock_.now_ms, operation_.delay_ms),
            .hint = row_.hint,
            .copies_until_ms = row_.copies_until_ms,
            .copies_since_ms = row_.copies_since_ms,
            .copies = row_.copies};
    return say(Answer::accepted, Keep::durable);
  }

  Keep take() {
    if (row_.state == State::done || row_.state == State::dead) {
      return duplicate();
    }
    if (!is_queued(row_)) {
      return Keep::unchanged;
    }
    if (lease_runs()) {
      return while_leased();
    }
    if (row_.state == State::accepted && clock_.now_ms < row_.due_ms) {
      return busy_until(row_.due_ms);
    }
    if (row_.state == State::delivering) {
      count_attempt();  // Of a run that never told what came of it.
    }
    return grant(State::delivering);
  }

  /// Success is a fact: it is taken from any epoch and in any state, also when the lease is lost.
  Keep commit() {
    const bool is_first = row_.state != State::done;
    if (is_first) {
      leave_lease(State::done);
      row_.epoch = std::max(row_.epoch, operation_.epoch);
      row_.expires_ms = expiry();
      row_.status = operation_.status;
    }
    reply_.status = row_.status;
    return say(Answer::done, is_first ? Keep::durable : Keep::unchanged);
  }

  /// Failure is an opinion: it ends a lease, into the state `after`, from the current epoch only.
  Keep end_lease(State after) {
    const State leased = after == State::retryable ? State::claimed : State::delivering;
    if (row_.state != leased || row_.epoch != operation_.epoch) {
      return keep_doubt();
    }
    leave_lease(after);
    row_.expires_ms = after == State::retryable ? expiry() : 0;
    row_.due_ms = after == State::accepted ? later_by(clock_.now_ms, operation_.delay_ms) : 0;
    count_attempt();
    row_.maybe_duplicate = row_.maybe_duplicate || operation_.outcome == Outcome::unknown;
    row_.status = after == State::retryable ? 0 : operation_.status;
    const bool may_be_lost = after == State::retryable && !row_.maybe_duplicate;
    return say(Answer::done, may_be_lost ? Keep::in_memory : Keep::durable);
  }

  /// A doubt from an epoch that is not the current one ends no lease, but it is kept: its owner's
  /// lease may be lost, and then nothing else remembers that the origin may have seen the event.
  /// So is the success of a delivery under another hint.
  Keep keep_doubt() {
    const bool is_kept = row_.state == State::done || row_.maybe_duplicate;
    const bool is_doubt = operation_.outcome == Outcome::unknown || operation_.verb == Verb::commit;
    if (!is_doubt || is_kept) {
      return Keep::unchanged;
    }
    row_.maybe_duplicate = true;
    // A run must not take it for the end of the event that it asked for.
    if (operation_.verb == Verb::release) {
      reply_.answer = Answer::done;
    }
    // A lease is never durable. Its own commit or release will be, and takes the mark along.
    if (is_leased(row_)) {
      return Keep::in_memory;
    }
    row_.epoch = std::max(row_.epoch, operation_.epoch);
    if (!is_queued(row_)) {
      row_.state = State::retryable;
      row_.expires_ms = expiry();
    }
    return Keep::durable;
  }

  /// What the origin has seen of an event that an operator reopens, nobody knows.
  Keep reopen() {
    if (row_.state == State::absent) {
      return Keep::unchanged;
    }
    const bool is_owed = is_queued(row_);
    row_.maybe_duplicate = row_.maybe_duplicate || row_.state == State::delivering || !is_owed;
    leave_lease(is_owed ? State::accepted : State::retryable);
    row_.status = 0;
    if (is_owed) {
      row_.expires_ms = 0;
      row_.attempts = 0;
      row_.due_ms = clock_.now_ms;
    } else {
      row_.expires_ms = expiry();
    }
    return say(Answer::done, Keep::durable);
  }

  /// Who asks for it has seen that the event was owed. What was done since then stays done.
  Keep redrive() { return is_queued(row_) ? reopen() : Keep::unchanged; }

  /// Nobody is to have a dead event any more. It counts as done, so that a repeat is a duplicate.
  Keep drop() {
    if (row_.state != State::dead) {
      return Keep::unchanged;
    }
    row_.state = State::done;
    row_.expires_ms = expiry();
    row_.status = 0;
    return say(Answer::done, Keep::durable);
  }

  /// Runs fail again and again before they take the event: somebody has to look at it. A run that
  /// has taken it counts by its lease.
  Keep give_up() {
    const bool is_owed = row_.state == State::accepted || row_.state == State::delivering;
    if (!is_owed || lease_runs()) {
      return Keep::unchanged;
    }
    row_.maybe_duplicate = row_.maybe_duplicate || row_.state == State::delivering;
    leave_lease(State::dead);
    return say(Answer::done, Keep::durable);
  }

  void count_attempt() { row_.attempts += row_.attempts == u16_max ? 0 : 1; }

  /// A new lease, whose state is `leased`.
  Keep grant(State leased) {
    if (row_.epoch == u64_max) {
      reply_.wait_ms = operation_.lease_ms;
      return say(Answer::busy, Keep::unchanged);
    }
    row_.maybe_duplicate = row_.maybe_duplicate || is_leased(row_) || operation_.is_copy ||
                           may_have_lost_a_lease(clock_, operation_.lease_ms);
    row_.state = leased;
    row_.epoch = std::max(row_.epoch + 1, lowest_epoch(clock_));
    row_.owner = operation_.owner;
    row_.lease_until_ms = later_by(clock_.now_ms, operation_.lease_ms);
    row_.expires_ms = 0;
    row_.due_ms = 0;
    return granted(Keep::in_memory);
  }

  /// What everybody gets while a lease runs: its owner the grant once more, others the time left.
  Keep while_leased() {
    return row_.owner == operation_.owner ? granted(Keep::unchanged)
                                          : busy_until(row_.lease_until_ms);
  }

  Keep granted(Keep keep) {
    reply_.epoch = row_.epoch;
    reply_.maybe_duplicate = row_.maybe_duplicate;
    reply_.attempts = row_.state == State::delivering ? row_.attempts : std::uint16_t{0};
    return say(Answer::granted, keep);
  }

  Keep busy_until(std::uint64_t time_ms) {
    reply_.wait_ms = time_ms - clock_.now_ms;
    return say(Answer::busy, Keep::unchanged);
  }

  /// What is owed or dead has the status of a failure, which is nothing to tell a sender.
  Keep duplicate() {
    reply_.status = row_.state == State::done ? row_.status : std::uint16_t{0};
    return say(Answer::duplicate, Keep::unchanged);
  }

  Keep say(Answer answer, Keep keep) {
    reply_.answer = answer;
    return keep;
  }

  void leave_lease(State after) {
    row_.state = after;
    row_.owner = {};
    row_.lease_until_ms = 0;
    row_.due_ms = 0;
  }

  [[nodiscard]] bool lease_runs() const {
    return is_leased(row_) && clock_.now_ms < row_.lease_until_ms;
  }

  /// When a row that is kept from now on may be forgotten; 0 is never.
  [[nodiscard]] std::uint64_t expiry() const {
    const bool for_ever =
        operation_.retain_ms == 0 || operation_.retain_ms > u64_max - clock_.now_ms;
    return for_ever ? 0 : std::max(clock_.now_ms + operation_.retain_ms, row_.copies_until_ms);
  }

  Row& row_;
  Reply& reply_;
  const Operation& operation_;
  const Clock& clock_;
};

}  // namespace

std::uint64_t due_of(const Row& row) {
  if (row.state == State::delivering) {
    return row.lease_until_ms;
  }
  return row.state == State::accepted ? row.due_ms : 0;
}

Transition apply(const Row& row, const Operation& operation, const Clock& clock) {
  POSTERN_CHECK(row.state <= State::dead);
  Transition transition{.row = row, .keep = Keep::unchanged, .reply = {}};
  transition.keep = Change(transition.row, transition.reply, operation, clock).apply();
  if (transition.keep == Keep::unchanged) {
    transition.row = row;
  }
  return transition;
}

}  // namespace postern::ledger
