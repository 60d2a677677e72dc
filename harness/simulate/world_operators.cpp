#include "harness/simulate/order.h"
#include "harness/simulate/said.h"
#include "harness/simulate/world.h"
#include "postern/base/bytes.h"
#include "postern/ledger/ledger.h"

// Operators: what they see of an event, what they ask of the admin route, and calls that get lost.

namespace postern::harness::simulate {
namespace {

/// From the look at an event to the call that changes it: `postern ledger` takes as long as its
/// two requests, whoever reads before answering longer.
constexpr std::uint64_t hesitation_ms_max = 1500;

/// How long an operator waits for an answer, and how often they try.
constexpr std::uint64_t patience_ms = 10'000;
constexpr std::uint16_t tries_max = 3;

constexpr std::uint64_t order_late_ms_max = 20'000;

/// As operators are shown it. A row that has expired is as good as none.
ledger::State state_of_row(const std::string& row, std::uint64_t now_ms) {
  const auto decoded = ledger::decode_row(bytes_of(row));
  if (row.empty() || !decoded.has_value()) {
    return ledger::State::absent;
  }
  const bool may_expire =
      decoded->state == ledger::State::done || decoded->state == ledger::State::retryable;
  const bool is_expired = may_expire && decoded->expires_ms != 0 && now_ms >= decoded->expires_ms;
  return is_expired ? ledger::State::absent : decoded->state;
}

bool is_owed(ledger::State state) { return state >= ledger::State::accepted; }

}  // namespace

/// The store was asked about a row, and it may have changed: operators who waited for that have an
/// event to look at.
void World::operators_notice(std::uint16_t place, std::uint16_t source,
                             const LedgerResult& result) {
  row_sources_[place] = source;
  if (result.keep == Keep::unchanged) {
    return;
  }
  ++changes_;
  const bool is_dead = state_of_row(result.row, 0) == ledger::State::dead;
  deaths_ += is_dead ? 1 : 0;
  for (std::uint16_t i = 0; i < scenario_.orders.size(); ++i) {
    const OrderPlan& plan_of = scenario_.orders[i];
    const bool is_cue = plan_of.cue == Cue::change  ? plan_of.nth == changes_
                        : plan_of.cue == Cue::death ? is_dead && plan_of.nth == deaths_
                                                    : false;
    if (is_cue) {
      plan(plan_of.after_ms, Task::operator_acts, i, 0, place);
    }
  }
}

/// The event is `place`'s, or any that the store was ever asked about.
void World::operator_acts(std::uint16_t index, std::uint64_t place) {
  const OrderPlan& plan_of = scenario_.orders[index];
  if (place == nobody) {
    if (row_sources_.empty()) {
      return;
    }
    place = dice_.draw(order_choice, plan_of.number, 0) % row_sources_.size();
  }
  if (row_sources_[place] == nobody) {
    return;  // Nobody has asked the store of it by now.
  }
  orders_.push_back({.plan = &plan_of, .place = static_cast<std::uint16_t>(place)});
  operator_tries(static_cast<std::uint16_t>(orders_.size() - 1));
}

void World::operator_tries(std::uint16_t index) {
  GivenOrder& given = orders_[index];
  const std::uint16_t due_times = given.plan->times;
  if (given.answers == due_times || given.tries == tries_max + due_times) {
    return;
  }
  const std::uint64_t subject = (std::uint64_t{3} << 40) + given.plan->number;
  const std::uint64_t nth = given.tries++;
  plan(patience_ms, Task::operator_tries, index, 0, 0);
  const Order order = given.plan->order;
  const auto state = static_cast<std::uint8_t>(
      state_of_row(store_.row(given.place), store_.now_ms(store_clock_.at(wall_ms()))));
  if (given.plan->look == Look::first && !store_is_out_ && !wants(order, state)) {
    ++given.answers;
    return log(Happening::looked_up, detail_of(order, state), nobody, given.place, 0, 0);
  }
  log(Happening::ordered, detail_of(order, state), nobody, given.place, nth + 1, 0);
  const std::uint64_t in_ms = given.plan->look == Look::first
                                  ? dice_.between(2, hesitation_ms_max, hesitation, subject, nth)
                                  : dice_.between(1, 40, way_of_order, subject, nth);
  if (strikes(Fault::call_late, subject, nth)) {
    plan(dice_.between(1000, order_late_ms_max, order_lateness, subject, nth), Task::order_arrives,
         index, 0, nth);
  } else if (!strikes(Fault::call_lost, subject, nth)) {
    plan(in_ms, Task::order_arrives, index, 0, nth);
  }
  if (strikes(Fault::call_twice, subject, nth)) {
    plan(in_ms + dice_.between(1, order_late_ms_max, order_twin, subject, nth),
         Task::order_twin_arrives, index, 0, nth);
  }
}

/// What `postern ledger` leaves alone after a look at the row.
bool World::wants(Order order, std::uint8_t state) {
  const auto met = static_cast<ledger::State>(state);
  switch (order) {
    case Order::release:
      return met != ledger::State::absent;
    case Order::redrive:
      return is_owed(met);
    case Order::drop:
      return met == ledger::State::dead;
  }
  return false;
}

void World::order_arrives(std::uint16_t index, std::uint64_t nth, std::uint8_t twin_bit) {
  GivenOrder& given = orders_[index];
  const std::uint64_t subject = (std::uint64_t{3} << 40) + given.plan->number;
  const Order order = given.plan->order;
  const auto is_unheard = [&] {
    log(Happening::unheard, detail_of(order, 0) | twin_bit, nobody, given.place, 0, 0);
  };
  if (store_is_out_ || strikes(Fault::trap, subject, 1000 + nth)) {
    return is_unheard();
  }
  administer(given.place, order, twin_bit, subject, nth);
  if (twin_bit != 0) {
    return;
  }
  if (strikes(Fault::reply_lost, subject, nth)) {
    return is_unheard();
  }
  ++orders_[index].answers;
}

/// As the Durable Object does it for the admin route.
void World::administer(std::uint16_t place, Order order, std::uint8_t twin_bit,
                       std::uint64_t subject, std::uint64_t nth) {
  const std::uint64_t clock_ms = store_clock_.at(wall_ms());
  const std::string operation = operation_of(order, gate_.sources()[row_sources_[place]].retain_ms);
  const ledger::State met = state_of_row(store_.row(place), store_.now_ms(clock_ms));
  const auto step =
      store_.apply(gate_.engine(version_), {.question = {place, operation}}, clock_ms);
  const LedgerResult& result = step[0].result;
  trace(result.reply);
  ++log_.orders;
  last_sent_ms_ = now_ms_;
  log(Happening::administered,
      static_cast<std::uint8_t>(detail_of(order, static_cast<std::uint8_t>(met)) | twin_bit),
      nobody, place, logged(result.answer), store_.now_ms(clock_ms));
  if (result.answer == LedgerAnswer::done) {
    wake(place);
  }
  const Store::Parcel* parcel = store_.find_parcel(place);
  const bool is_to_send = order == Order::redrive && parcel != nullptr && parcel->drive_ms != 0;
  if (is_to_send && !strikes(Fault::queue_down, subject, nth)) {
    send_message({.place = place}, subject);
  }
  plan_sweep();
  operators_notice(place, row_sources_[place], result);
}

}  // namespace postern::harness::simulate
