#include <algorithm>
#include <utility>

#include "harness/host/frames.h"
#include "harness/simulate/said.h"
#include "harness/simulate/world.h"

// What happens between accepting a delivery and its end: messages, runs, and the store's sweep.

namespace postern::harness::simulate {
namespace {

/// A sender is told so much longer than a sweep takes, that what is left then is lost: the longest
/// schedules here are over in minutes, those of the gate's own default in half a day.
constexpr std::uint64_t sweeping_ms_max = std::uint64_t{20} * 60 * 60 * 1000;

/// The platform's alarm is not exact, and a clock that stands still must not make it run for ever.
constexpr std::uint64_t sweep_ms_min = 30'000;

constexpr std::uint64_t store_failed_ms = 30'000;

}  // namespace

void World::accept(std::uint16_t index, const Accept& effect) {
  Flight const& flight = flights_[index];
  Call call{.flight = index,
            .turn = flight.turn,
            .verb = Verb::accept,
            .entries = {},
            .version = flight.asked_by};
  for (const AcceptEntry& entry : effect.entries) {
    call.entries.push_back(entry_of(effect.shard, row_of(entry), entry.copy));
  }
  calls_.push_back(std::move(call));
  send_call(static_cast<std::uint16_t>(calls_.size() - 1), 0);
}

LedgerResult World::apply_acceptance(Call& call, std::uint8_t twin_bit) {
  const DeliveryFact& fact = log_.deliveries[call.flight];
  const std::uint16_t delivery = fact.parent == nobody ? call.flight : fact.parent;
  const std::uint64_t clock_ms = store_clock_.at(wall_ms());
  const auto step = store_.accept(gate_.engine(version_), call.entries, delivery, clock_ms);
  for (const auto& [question, entry, result] : step) {
    const std::uint16_t place = question.place;
    if (result.answer == LedgerAnswer::accepted) {
      destinations_[place] = gate_.destination_of(fact.source, entry, call.version);
    }
    trace(result.reply);
    log(Happening::applied, detail_of(Verb::accept, destinations_[place]) | twin_bit, call.flight,
        place, logged(result.answer), store_.now_ms(clock_ms), contents_[place]);
    operators_notice(place, fact.source, result);
  }
  plan_sweep();
  return told_of(step);
}

/// The queue takes a message or does not; and where it says that it failed it may have taken it.
void World::enqueue(std::uint16_t index, const Enqueue& effect) {
  const std::uint64_t subject = subject_of(index);
  const std::uint64_t turn = flights_[index].turn;
  const bool is_whole = effect.keys.empty();
  const bool fails = strikes(Fault::queue_down, subject, turn);
  const DeliveryFact& fact = log_.deliveries[index];
  const std::uint16_t delivery = fact.parent == nobody ? index : fact.parent;
  log(Happening::enqueued, is_whole ? 1 : 0, index, nobody, fails ? 0 : 1, 0);
  if (!fails || dice_.draw(doubt, subject, turn) % 2 == 0) {
    if (is_whole) {
      send_message({.ticket = effect.whole, .delivery = delivery}, subject);
    }
    for (const std::string& key : effect.keys) {
      send_message({.place = place_of(effect.shard, key)}, subject);
    }
  }
  resume(index, enqueued(fails ? Enqueued::failed : Enqueued::done));
}

/// A message that carries a delivery is as safe as the queue; a reference may be lost.
void World::send_message(Message message, std::uint64_t subject) {
  const auto number = static_cast<std::uint16_t>(messages_.size());
  const bool is_reference = message.place != nobody;
  messages_.push_back(std::move(message));
  const std::uint64_t way_ms = dice_.between(50, 3000, way_of_message, subject, number);
  if (is_reference && strikes(Fault::message_lost, subject, number)) {
    return;
  }
  const bool is_late = strikes(Fault::message_late, subject, number);
  plan(is_late ? dice_.between(way_ms, 5 * 60'000, message_lateness, subject, number) : way_ms,
       Task::message_comes, number, 0, 0);
  if (strikes(Fault::message_twice, subject, number)) {
    plan(dice_.between(way_ms, 60'000, second_copy, subject, number), Task::message_comes, number,
         0, 0);
  }
}

void World::message_comes(std::uint16_t index) {
  const Message message = messages_[index];
  if (message.place == nobody) {
    return begin_run(index, message.ticket, message.delivery);
  }
  if (store_is_out_) {
    return plan(store_failed_ms, Task::message_comes, index, 0, 0);
  }
  if (const Store::Parcel* parcel = store_.find_parcel(message.place)) {
    begin_run(index, std::string(parcel->ticket), parcel->delivery);
  }
}

void World::begin_run(std::uint16_t message, const std::string& ticket, std::uint16_t accepted) {
  const auto index = static_cast<std::uint16_t>(log_.deliveries.size());
  DeliveryFact fact = log_.deliveries[accepted];
  fact.sender = nobody;
  fact.parent = accepted;
  const std::uint16_t place = messages_[message].place;
  fact.destination = place == nobody ? std::uint8_t{0} : destinations_[place];
  log_.deliveries.push_back(fact);
  bytes_.push_back(Delivery(bytes_[accepted]));
  flights_.emplace_back();
  Flight& flight = flights_.back();
  flight.version = version_;
  flight.message = message;
  flight.is_resolved = true;
  flight.step = {.kind = EffectKind::retry_later,
                 .wants_body = false,
                 .ticket = ticket,
                 .effect = RetryLater{}};
  log(Happening::run_began, 0, index, place, message, 0);
  const std::uint64_t subject = subject_of(index);
  resume(index, dice_.token(run_name, subject));
}

/// A batch does not wait for a slow forward. It goes on, and the message comes again after it.
void World::run_held(std::uint16_t index, std::uint64_t again_in_ms) {
  plan(again_in_ms, Task::message_comes, std::exchange(flights_[index].message, nobody), 0, 0);
}

/// Without a time the message has been taken out.
void World::end_run(std::uint16_t index, std::optional<std::uint64_t> again_in_ms) {
  const std::uint16_t message = flights_[index].message;
  if (again_in_ms.has_value() && message != nobody) {
    // The platform counts in seconds.
    plan((*again_in_ms + 999) / 1000 * 1000, Task::message_comes, message, 0, 0);
  }
  end(index);
}

void World::plan_sweep() {
  const std::uint64_t next_ms = store_.next_drive_ms();
  if (next_ms == 0) {
    return;
  }
  const std::uint64_t store_ms = store_.now_ms(store_clock_.at(wall_ms()));
  const std::uint64_t due_ms = next_ms + Store::overdue_ms;
  const std::uint64_t in_ms = std::max(due_ms > store_ms ? due_ms - store_ms : 0, sweep_ms_min);
  const std::uint64_t ends_ms = std::max(last_sent_ms_, scenario_.heals_at_ms) + sweeping_ms_max;
  const bool is_planned = sweeps_at_ms_ > now_ms_ && sweeps_at_ms_ <= now_ms_ + in_ms;
  if (is_planned || now_ms_ + in_ms > ends_ms) {
    return;
  }
  sweeps_at_ms_ = now_ms_ + in_ms;
  plan(in_ms, Task::store_sweeps, 0, 0, 0);
}

void World::store_sweeps() {
  if (sweeps_at_ms_ != now_ms_) {
    return;  // An earlier one has been planned since.
  }
  sweeps_at_ms_ = 0;
  if (!store_is_out_) {
    for (const std::uint16_t place : store_.sweep(store_clock_.at(wall_ms()))) {
      send_message({.place = place}, place);
    }
  }
  plan_sweep();
}

void World::list_what_is_left() {
  for (std::uint16_t place = 0; place < places_.size(); ++place) {
    if (const Store::Parcel* parcel = store_.find_parcel(place)) {
      log(Happening::listed, parcel->drive_ms == 0 ? 1 : 0, parcel->delivery, place,
          destinations_[place], 0);
    }
  }
}

}  // namespace postern::harness::simulate
