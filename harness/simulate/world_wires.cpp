#include <algorithm>
#include <array>
#include <utility>

#include "harness/host/text_forms.h"
#include "harness/simulate/said.h"
#include "harness/simulate/world.h"

// Ledger calls on their way, the store behind them, and the origin.

namespace postern::harness::simulate {
namespace {

/// How long hosts wait for a ledger call, beyond what a claim may wait: `ledger_calls.mjs`.
constexpr std::uint64_t call_timeout_ms = 5000;
/// Longest that a claim may wait at the store, whatever the policy says: `waiting.mjs`.
constexpr std::uint32_t wait_ms_max = 5000;

/// How late something may be that is late: within a lease, or beyond it.
constexpr std::uint64_t late_ms_max = 20'000;

constexpr std::uint64_t timed_out = static_cast<std::uint64_t>(ForwardOutcome::timed_out);
constexpr std::uint64_t reset = static_cast<std::uint64_t>(ForwardOutcome::reset);
constexpr std::uint64_t refused = static_cast<std::uint64_t>(ForwardOutcome::refused);
constexpr std::uint64_t conflict = 409;

/// In place of a status: the origin says nothing when it is done.
constexpr std::uint16_t no_answer = 0;

constexpr std::array<std::uint16_t, 8> error_statuses = {500, 502, 503, 504, 408, 425, 429, 302};
constexpr std::array<std::uint16_t, 4> decline_statuses = {400, 404, 410, 422};
constexpr std::array<std::uint16_t, 4> success_statuses = {200, 201, 202, 204};

/// What is no status of an answer is as good as no answer. 0: the connection breaks.
constexpr std::array<std::uint16_t, 8> odd_statuses = {0, 0, 0, 100, 101, 199, 600, 999};

/// Behind the failures that are numbered by their outcome, in place of a status: that odd one.
constexpr std::uint64_t odd_from = 10'000;

/// More than the gate asks for, and than it reads: it must not matter.
constexpr std::size_t long_body_bytes = 70'000;
constexpr std::size_t long_value_bytes = 66'000;

}  // namespace

/// `shard` and `key` in one: two rows are the same only if both are. The origin knows the key in
/// hex and no shard.
std::uint16_t World::place_of(const std::string& shard, const std::string& key) {
  const std::string hex = shard.empty() ? key : to_hex(key);
  const auto found = std::ranges::find(places_, hex);
  if (found == places_.end()) {
    places_.push_back(hex);
    destinations_.push_back(0);
    row_sources_.push_back(nobody);
    contents_.push_back(nobody);
    return static_cast<std::uint16_t>(places_.size() - 1);
  }
  return static_cast<std::uint16_t>(found - places_.begin());
}

Store::Entry World::entry_of(const std::string& shard, const RowEntry& question,
                             const std::optional<RowEntry>& copy) {
  const auto asked = [&](const RowEntry& one) {
    return Store::Question{place_of(shard, one.key), one.operation, one.ticket};
  };
  Store::Entry entry{.question = asked(question)};
  if (copy.has_value()) {
    entry.copy = asked(*copy);
    contents_[entry.copy->place] = entry.question.place;
  }
  return entry;
}

std::uint16_t World::make_call(std::uint16_t index, const LedgerOperation& effect, Verb verb) {
  const Flight& flight = flights_[index];
  calls_.push_back(
      {.flight = index,
       .turn = flight.turn,
       .verb = verb,
       .entries = {entry_of(effect.shard,
                            {.key = effect.key, .ticket = {}, .operation = effect.operation},
                            effect.copy)},
       .wait_ms = std::min(effect.wait_ms, wait_ms_max)});
  return static_cast<std::uint16_t>(calls_.size() - 1);
}

/// `wait_ms` is how long the call may wait at the store, as its caller sees it. The object has no
/// way to itself.
void World::send_call(std::uint16_t number, std::uint32_t wait_ms) {
  const Call& call = calls_[number];
  if (is_at_object(call.flight)) {
    return plan(0, Task::call_arrives, number, 0, 0);
  }
  const std::uint64_t subject = subject_of(call.flight);
  const std::uint64_t nth = call.turn;
  const std::uint16_t place = call.place();
  log(Happening::called, detail_of(call.verb, destinations_[place]), call.flight, place, 0, 0,
      contents_[place]);
  plan(wait_ms + call_timeout_ms, Task::call_given_up, number, 0, 0);
  const std::uint64_t way_ms = dice_.between(1, 40, way_to_store, subject, nth);
  if (strikes(Fault::call_late, subject, nth)) {
    plan(dice_.between(1000, late_ms_max, lateness, subject, nth), Task::call_arrives, number, 0,
         0);
  } else if (!strikes(Fault::call_lost, subject, nth)) {
    plan(way_ms, Task::call_arrives, number, 0, 0);
  }
  if (strikes(Fault::call_twice, subject, nth)) {
    plan(way_ms + dice_.between(1, late_ms_max, twin, subject, nth), Task::twin_arrives, number, 0,
         0);
  }
}

LedgerResult World::apply(Call& call, std::uint8_t twin_bit) {
  if (call.verb == Verb::accept) {
    return apply_acceptance(call, twin_bit);
  }
  const std::uint64_t clock_ms = store_clock_.at(wall_ms());
  const auto step = store_.apply(gate_.engine(version_), call.entries[0], clock_ms);
  for (const auto& [question, entry, result] : step) {
    call.waits_at = question.place;
    trace(result.reply);
    log(Happening::applied, detail_of(call.verb, 0) | twin_bit, call.flight, question.place,
        logged(result.answer), store_.now_ms(clock_ms), contents_[question.place]);
    operators_notice(question.place, log_.deliveries[call.flight].source, result);
  }
  plan_sweep();
  return told_of(step);
}

void World::call_arrives(std::uint16_t index) {
  Call& call = calls_[index];
  if (is_at_object(call.flight) && flights_[call.flight].is_over) {
    return;  // It has died with its caller.
  }
  const std::uint64_t subject = subject_of(call.flight);
  if (store_is_out_ || strikes(Fault::trap, subject, 1000ULL + call.turn)) {
    return reply(index, ledger_replied(std::nullopt));
  }
  const LedgerResult result = apply(call, 0);
  if (result.answer == LedgerAnswer::done) {
    wake(call.place());
  }
  if (result.answer == LedgerAnswer::busy && call.wait_ms > 0) {
    call.is_waiting = true;
    call.give_up_at_ms = now_ms_ + call.wait_ms;
    return plan(std::min<std::uint64_t>(call.wait_ms, result.wait_ms), Task::claim_waited, index, 0,
                0);
  }
  reply(index, ledger_replied(result.reply));
}

/// Nobody waits for what a second copy of a call is answered.
void World::twin_arrives(std::uint16_t index) {
  if (!store_is_out_ && apply(calls_[index], by_twin).answer == LedgerAnswer::done) {
    wake(calls_[index].place());
  }
}

/// The lease that it waited for is over, or its time is.
void World::claim_waited(std::uint16_t index) {
  Call& call = calls_[index];
  if (!call.is_waiting) {
    return;
  }
  const LedgerResult result = apply(call, 0);
  if (result.answer == LedgerAnswer::busy && now_ms_ < call.give_up_at_ms) {
    return plan(std::min<std::uint64_t>(call.give_up_at_ms - now_ms_,
                                        std::max<std::uint64_t>(result.wait_ms, 1)),
                Task::claim_waited, index, 0, 0);
  }
  call.is_waiting = false;
  reply(index, ledger_replied(result.reply));
}

void World::wake(std::uint16_t place) {
  for (std::uint16_t i = 0; i < calls_.size(); ++i) {
    if (calls_[i].is_waiting && calls_[i].waits_at == place) {
      plan(0, Task::claim_waited, i, 0, 0);
    }
  }
}

void World::break_waiting_calls() {
  for (std::uint16_t i = 0; i < calls_.size(); ++i) {
    if (calls_[i].is_waiting) {
      calls_[i].is_waiting = false;
      if (calls_[i].carry != nobody) {
        plan(1, Task::carry_breaks, calls_[i].carry, 0, 0);
      } else {
        reply(i, ledger_replied(std::nullopt));
      }
    }
  }
}

void World::reply(std::uint16_t index, std::string outcome) {
  Call& call = calls_[index];
  if (call.carry != nobody) {
    Carry& carry = carries_[call.carry];
    carry.back = Carry::Back::reply;
    carry.outcome = std::move(outcome);
    return give_back(carry);
  }
  call.outcome = std::move(outcome);
  if (is_at_object(call.flight)) {
    return plan(0, Task::reply_arrives, index, 0, 0);
  }
  const std::uint64_t subject = subject_of(call.flight);
  if (strikes(Fault::reply_lost, subject, call.turn)) {
    return;
  }
  const bool is_late = strikes(Fault::reply_late, subject, call.turn);
  plan(is_late ? dice_.between(500, late_ms_max, lateness, subject, 1000ULL + call.turn)
               : dice_.between(1, 40, way_from_store, subject, call.turn),
       Task::reply_arrives, index, 0, 0);
}

/// With a reply, or because the host's time for it is over.
void World::call_ends(const Errand& errand) {
  const Call& call = calls_[errand.index];
  const Flight& flight = flights_[call.flight];
  if (flight.turn != call.turn || flight.is_over) {
    return;
  }
  const std::string outcome =
      errand.task == Task::reply_arrives ? call.outcome : ledger_replied(std::nullopt);
  log(Happening::replied, detail_of(call.verb, 0), call.flight, call.place(),
      outcome.front() == '\0' ? 0 : 1, 0);
  resume(call.flight, outcome);
}

void World::send_to_origin(std::uint16_t index, const Forward& effect, std::uint16_t key,
                           std::uint64_t attempt) {
  const std::uint64_t subject = subject_of(index);
  const std::uint32_t turn = flights_[index].turn;
  const auto draw = [&](Purpose purpose) { return dice_.draw(purpose, subject, turn); };
  const std::uint64_t way_ms = 2 + draw(way_to_origin) % 100;
  // Most work is short; some of it takes nearly all the time that there is.
  const std::uint64_t work_ms = draw(work_of_origin) % 8 == 0
                                    ? draw(work_of_origin) / 8 % (effect.timeout_ms - 200)
                                    : draw(work_of_origin) / 8 % 200;
  const auto acts = [&](std::uint64_t in_ms, std::uint16_t status) {
    sent_.push_back({.flight = index,
                     .turn = turn,
                     .key = key,
                     .status = status,
                     .attempt = attempt,
                     .work_ms = work_ms});
    plan(in_ms, Task::origin_acts, static_cast<std::uint16_t>(sent_.size() - 1), turn, 0);
  };
  if (strikes(Fault::origin_refused, subject, turn)) {
    plan(way_ms, Task::origin_answers, index, turn, refused);
  } else if (strikes(Fault::origin_hang, subject, turn)) {
    plan(effect.timeout_ms, Task::origin_answers, index, turn, timed_out);
  } else if (strikes(Fault::origin_late, subject, turn)) {
    acts(effect.timeout_ms / 2 + draw(lateness) % late_ms_max, no_answer);
    plan(effect.timeout_ms, Task::origin_answers, index, turn, timed_out);
  } else if (strikes(Fault::origin_reset, subject, turn)) {
    if (draw(origin_choice) % 2 == 0) {
      acts(way_ms, no_answer);
    }
    const std::uint16_t odd = odd_statuses[draw(origin_status) % odd_statuses.size()];
    plan(way_ms + work_ms, Task::origin_answers, index, turn, odd == 0 ? reset : odd_from + odd);
  } else if (strikes(Fault::origin_error, subject, turn)) {
    plan(way_ms + work_ms, Task::origin_answers, index, turn,
         error_statuses[draw(origin_status) % error_statuses.size()]);
  } else if (strikes(Fault::origin_decline, subject, turn)) {
    plan(way_ms + work_ms, Task::origin_answers, index, turn,
         decline_statuses[draw(origin_status) % decline_statuses.size()]);
  } else {
    acts(way_ms, success_statuses[draw(origin_status) % success_statuses.size()]);
  }
}

/// An origin that fences refuses an attempt below the largest that it has seen of the event, in the
/// transaction that does the work.
void World::origin_acts(std::uint16_t index) {
  const Sent& sent = sent_[index];
  // Each destination fences for itself.
  bool is_fenced_off = false;
  if (sent.key != nobody) {
    const std::size_t row = 8ULL * sent.key + log_.deliveries[sent.flight].destination;
    last_attempts_.resize(std::max(last_attempts_.size(), row + 1));
    std::uint64_t& last = last_attempts_[row];
    is_fenced_off = scenario_.origin_fences && sent.attempt < last;
    last = std::max(last, sent.attempt);
  }
  if (!is_fenced_off) {
    log(Happening::acted, 0, sent.flight, sent.key, sent.attempt, 0);
  }
  if (sent.status != no_answer) {
    plan(sent.work_ms, Task::origin_answers, sent.flight, sent.turn,
         is_fenced_off ? conflict : sent.status);
  }
}

void World::origin_answers(std::uint16_t index, std::uint64_t status) {
  object_forwards_ -= is_at_object(index) ? 1 : 0;
  if (status <= reset) {
    log(Happening::origin_failed, 0, index, nobody, status, 0);
    return resume(index, origin_failed(static_cast<ForwardOutcome>(status)));
  }
  OriginResponse response{.status = static_cast<std::uint16_t>(status % odd_from),
                          .headers = {{"content-type", "text/plain"}},
                          .body = "ok"};
  switch (dice_.draw(origin_choice, subject_of(index), 1000ULL + flights_[index].turn) % 64) {
    case 0:
      response.body.assign(long_body_bytes, '\xff');
      break;
    case 1:
      response.headers = {{"content-type", std::string(long_value_bytes, 'x')},
                          {"retry-after", std::string(long_value_bytes, '9')}};
      break;
    case 2:
      response.headers = {{"content-type", "a\r\nset-cookie: b\x7f"}, {"retry-after", "\x01"}};
      break;
    default:
      break;
  }
  if (status >= odd_from) {
    log(Happening::origin_failed, 0, index, nobody, reset, 0);
  } else {
    log(Happening::origin_answered, 0, index, nobody, status, 0);
  }
  resume(index, origin_responded(response));
}

}  // namespace postern::harness::simulate
