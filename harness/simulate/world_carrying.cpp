#include <utility>

#include "harness/simulate/world.h"

// Deliveries that the store's object carries, as hosts/store/carrying.mjs has it: with the claim it
// gets the delivery, and goes on with it by itself. Whoever hears nothing of such a call knows
// nothing: it answers 503, and forwards nothing.

namespace postern::harness::simulate {
namespace {

/// How long a host hands nothing over once nobody knows what became of a call.
constexpr std::uint64_t distrust_ms = 10'000;

/// A connection that breaks is told, sooner or later: the host sets no limit of its own.
constexpr std::uint64_t break_ms_max = 20'000;

constexpr std::uint64_t late_carry_ms_max = 20'000;

/// What a sender is told when its delivery may be anywhere.
constexpr std::uint16_t unheard_of = 503;

}  // namespace

bool World::is_at_object(std::uint16_t index) const { return flights_[index].carry != nobody; }

/// A delivery has one time, its host's, wherever it is: the object goes on from when it was sent.
std::uint64_t World::clock_of(std::uint16_t index) const {
  if (!is_at_object(index)) {
    return host_clock_.at(wall_ms());
  }
  const auto ahead_ms = static_cast<std::uint64_t>(carries_[flights_[index].carry].ahead_ms);
  return store_clock_.at(wall_ms()) - ahead_ms;
}

/// False where the host asks for its claim alone.
bool World::carry(std::uint16_t index, const LedgerOperation& effect) {
  const Flight& flight = flights_[index];
  const bool is_trusted =
      host_clock_.at(wall_ms()) >= trusts_again_ms_[index % trusts_again_ms_.size()];
  if (!scenario_.carried_forwards_max.has_value() || is_at_object(index) || !is_trusted) {
    return false;
  }
  const std::uint64_t subject = subject_of(index);
  const std::uint64_t nth = flight.turn;
  const auto number = static_cast<std::uint16_t>(carries_.size());
  carries_.push_back({.flight = index,
                      .turn = flight.turn,
                      .version = flight.asked_by,
                      .step = flight.step,
                      .sent_ms = host_clock_.at(wall_ms())});
  const std::uint16_t place = place_of(effect.shard, effect.key);
  log(Happening::called, detail_of(Verb::claim, destinations_[place]), index, place, 0, 0,
      contents_[place]);
  if (strikes(Fault::carry_unsent, subject, nth)) {
    distrust(index);
    log(Happening::replied, detail_of(Verb::claim, 0), index, place, 0, 0);
    resume(index, ledger_replied(std::nullopt));
    return true;
  }
  const auto breaks = [&] {
    plan(dice_.between(1, break_ms_max, carry_break, subject, nth), Task::carry_breaks, number, 0,
         0);
  };
  if (strikes(Fault::carry_lost, subject, nth)) {
    breaks();
  } else {
    const bool is_late = strikes(Fault::call_late, subject, nth);
    plan(is_late ? dice_.between(1000, late_carry_ms_max, lateness, subject, nth)
                 : dice_.between(1, 40, way_to_store, subject, nth),
         Task::carry_arrives, number, 0, 0);
    if (strikes(Fault::carry_unheard, subject, nth)) {
      carries_[number].is_unheard = true;
      breaks();
    }
  }
  if (strikes(Fault::crash, subject, 5000 + nth)) {
    die(index);  // The object goes on although its caller is gone.
  }
  return true;
}

void World::distrust(std::uint16_t index) {
  trusts_again_ms_[index % trusts_again_ms_.size()] = host_clock_.at(wall_ms()) + distrust_ms;
}

/// One of another version says so and does nothing, and one that has no room for it only claims.
void World::carry_arrives(std::uint16_t number) {
  const std::uint16_t host = carries_[number].flight;
  if (store_is_out_) {
    return carry_breaks(number);
  }
  const std::size_t theirs = carries_[number].version % GateModel::versions;
  const std::size_t ours = object_version_ % GateModel::versions;
  const bool is_of_one_version =
      theirs == ours || scenario_.mistake == HostMistake::takes_another_version;
  const Step step = carries_[number].step;
  const auto& operation = std::get<LedgerOperation>(step.effect);
  if (!is_of_one_version) {
    carries_[number].back = Carry::Back::declined;
    return give_back(carries_[number]);
  }
  if (*scenario_.carried_forwards_max == 0) {
    const std::uint16_t claim = make_call(host, operation, Verb::claim);
    calls_[claim].carry = number;
    return call_arrives(claim);
  }
  carries_[number].ahead_ms =
      static_cast<std::int64_t>(store_clock_.at(wall_ms()) - carries_[number].sent_ms);
  const auto index = static_cast<std::uint16_t>(log_.deliveries.size());
  DeliveryFact fact = log_.deliveries[host];
  fact.carried_for = host;
  log_.deliveries.push_back(fact);
  bytes_.push_back(Delivery(bytes_[host]));
  flights_.push_back(
      {.step = step, .version = object_version_, .turn = carries_[number].turn, .carry = number});
  log(Happening::carried, 0, index, nobody, theirs, ours);
  send_call(make_call(index, operation, Verb::claim), operation.wait_ms);
}

/// What came first counts. Where the connection has broken nobody is there to hear it.
void World::give_back(Carry& carry) {
  if (!carry.is_unheard) {
    const auto number = static_cast<std::uint16_t>(&carry - carries_.data());
    plan(dice_.between(1, 40, way_from_store, subject_of(carry.flight), carry.turn),
         Task::carry_returns, number, 0, 0);
  }
}

void World::carry_returns(std::uint16_t number) {
  const std::uint16_t host = carries_[number].flight;
  Flight& flight = flights_[host];
  if (flight.turn != carries_[number].turn || flight.is_over) {
    return;
  }
  if (carries_[number].back == Carry::Back::declined) {
    const auto operation = std::get<LedgerOperation>(flight.step.effect);
    return send_call(make_call(host, operation, Verb::claim), operation.wait_ms);
  }
  if (carries_[number].back == Carry::Back::answer) {
    answer(host, carries_[number].status);
    return end(host);
  }
  if (carries_[number].back == Carry::Back::reply) {
    const std::string outcome = carries_[number].outcome;
    log(Happening::replied, detail_of(Verb::claim, 0), host, nobody,
        outcome.front() == '\0' ? 0 : 1, 0);
    return resume(host, outcome);
  }
  flight.step = carries_[number].step;
  flight.asked_by = carries_[number].version;
  ++flight.turn;
  flight.has_slept = false;
  perform(host);
}

void World::carry_breaks(std::uint16_t number) {
  const Carry& carry = carries_[number];
  const std::uint16_t host = carry.flight;
  if (flights_[host].turn != carry.turn || flights_[host].is_over) {
    return;
  }
  log(Happening::carry_lost, 0, host, nobody, 0, 0);
  distrust(host);
  if (scenario_.mistake == HostMistake::stops_with_its_caller) {
    for (std::uint16_t i = 0; i < flights_.size(); ++i) {
      if (flights_[i].carry == number && !flights_[i].is_over) {
        end(i);
      }
    }
  }
  if (scenario_.mistake == HostMistake::takes_lost_for_down) {
    log(Happening::replied, detail_of(Verb::claim, 0), host, nobody, 0, 0);
    return resume(host, ledger_replied(std::nullopt));
  }
  answer(host, unheard_of);
  end(host);
}

/// The object performs what is its own, and forwards while it has room.
bool World::is_for_host(std::uint16_t index) const {
  switch (frame::carried(flights_[index].step.kind)) {
    case frame::Carried::performed:
    case frame::Carried::own_row:  // There is one shard.
      return false;
    case frame::Carried::with_place:
      return object_forwards_ >= *scenario_.carried_forwards_max &&
             scenario_.mistake != HostMistake::forwards_without_room;
    case frame::Carried::handed_back:
      return true;
  }
  return true;
}

void World::hand_back(std::uint16_t index) {
  Carry& carry = carries_[flights_[index].carry];
  if (carry.back == Carry::Back::answer &&
      scenario_.mistake != HostMistake::goes_on_and_hands_back) {
    throw MalformedAnswer("the module asked an object, after the answer, for what it cannot do");
  }
  if (carry.back == Carry::Back::nothing) {
    log(Happening::handed_back, 0, index, nobody, 0, 0);
    carry.back = Carry::Back::step;
    carry.step = flights_[index].step;
    give_back(carry);
  }
  if (scenario_.mistake != HostMistake::goes_on_and_hands_back) {
    end(index);
  }
}

/// All that it carries dies with it, and whoever waits for that sees the connection break.
void World::restart_object() {
  for (std::uint16_t i = 0; i < flights_.size(); ++i) {
    Flight& flight = flights_[i];
    if (is_at_object(i) && !flight.is_over) {
      flight.is_over = true;
      log(Happening::died, 0, i, nobody, 0, 0);
      plan(dice_.between(1, 1000, carry_break, subject_of(i), flight.turn), Task::carry_breaks,
           flight.carry, 0, 0);
    }
  }
  object_forwards_ = 0;
  const auto what = store_.restart(store_clock_.at(wall_ms()));
  log(Happening::store_restarted, what == Store::Restart::lost_leases ? 1 : 0, nobody, nobody, 0,
      store_.now_ms(store_clock_.at(wall_ms())));
  break_waiting_calls();
}

}  // namespace postern::harness::simulate
