#include "harness/simulate/world.h"

#include <algorithm>
#include <cstring>
#include <stdexcept>

// The agenda, chance, the log, and what befalls the world as a whole.

namespace postern::harness::simulate {
namespace {

/// 2023-11-14 22:13:20 UTC. No promise depends on it.
constexpr std::uint64_t start_of_time_ms = 1'700'000'000'000;

/// Draws for faults; those of the scenario count from 0, those of world_*.cpp from 3000.
constexpr std::uint64_t fault_draws = 1000;
constexpr std::uint64_t fault_times = 2000;
constexpr std::uint64_t fault_details = 2500;

/// How often a fault of the world as a whole may strike in one schedule.
constexpr std::uint64_t world_strikes_max = 4;

/// Far more than any schedule has. One that goes on for ever is a defect of the simulator's.
constexpr std::uint32_t errands_max = 200'000;

constexpr std::uint64_t prime = 0x100000001B3;  // Of FNV-1a with 64 bits.

}  // namespace

World::World(GateModel& gate, const Scenario& scenario)
    : gate_(gate),
      scenario_(scenario),
      dice_(scenario.seed),
      store_(scenario.quiet_leases_max, start_of_time_ms) {
  log_.epoch_ms = start_of_time_ms;
  log_.trace = 0xCBF29CE484222325;  // FNV's offset.
  log_.entries.reserve(128);
  flights_.reserve(16);
  calls_.reserve(32);
}

void World::run() {
  for (const SenderPlan& sender : scenario_.senders) {
    senders_.push_back({.plan = &sender, .delay_ms = sender.first_delay_ms});
    plan(sender.starts_ms, Task::sender_sends, static_cast<std::uint16_t>(senders_.size() - 1), 0,
         0);
  }
  for (std::size_t i = 0; i < scenario_.attacks.size(); ++i) {
    const AttackPlan& attack = scenario_.attacks[i];
    plan(sender_of(attack.sender).plan->starts_ms + 1 + attack.after_ms, Task::attacker_sends,
         static_cast<std::uint16_t>(i), 0, 0);
  }
  for (std::uint16_t i = 0; i < scenario_.orders.size(); ++i) {
    if (scenario_.orders[i].cue == Cue::time) {
      plan(scenario_.orders[i].after_ms, Task::operator_acts, i, 0, nobody);
    }
  }
  plan_faults();
  plan(scenario_.heals_at_ms, Task::heals, 0, 0, 0);
  while (!agenda_.empty()) {
    std::ranges::pop_heap(agenda_, [](const Errand& a, const Errand& b) {
      return std::pair(a.at_ms, a.sequence) > std::pair(b.at_ms, b.sequence);
    });
    const Errand errand = agenda_.back();
    agenda_.pop_back();
    now_ms_ = errand.at_ms;
    run_errand(errand);
  }
  list_what_is_left();
  log_.ended_at_ms = now_ms_;
}

void World::plan(std::uint64_t in_ms, Task task, std::uint16_t index, std::uint32_t turn,
                 std::uint64_t value) {
  if (planned_ == errands_max) {
    throw std::logic_error("a simulated schedule does not end");
  }
  agenda_.push_back({now_ms_ + in_ms, planned_++, task, index, turn, value});
  std::ranges::push_heap(agenda_, [](const Errand& a, const Errand& b) {
    return std::pair(a.at_ms, a.sequence) > std::pair(b.at_ms, b.sequence);
  });
}

void World::run_errand(const Errand& errand) {
  const auto is_current = [&] {
    const Flight& flight = flights_[errand.index];
    return flight.turn == errand.turn && !flight.is_over;
  };
  switch (errand.task) {
    case Task::sender_sends:
      return sender_sends(errand.index);
    case Task::attacker_sends:
      return attacker_sends(errand.index);
    case Task::delivery_arrives:
      return delivery_arrives(errand.index);
    case Task::host_performs:
      return is_current() ? perform(errand.index) : void();
    case Task::call_arrives:
      return call_arrives(errand.index);
    case Task::twin_arrives:
      return twin_arrives(errand.index);
    case Task::claim_waited:
      return claim_waited(errand.index);
    case Task::reply_arrives:
    case Task::call_given_up:
      return call_ends(errand);
    case Task::origin_acts:
      return origin_acts(errand.index);
    case Task::origin_answers:
      return is_current() ? origin_answers(errand.index, errand.value) : void();
    case Task::sender_hears:
      return sender_hears(errand.index, errand.value);
    case Task::sender_gives_up:
      return sender_gives_up(errand.index);
    case Task::fault_strikes:
      return strike_world(static_cast<Fault>(errand.index), errand.value);
    case Task::outage_ends:
      store_is_out_ = false;
      return log(Happening::outage, 0, nobody, nobody, 0, 0);
    case Task::clock_thaws:
      return errand.index == 0 ? host_clock_.thaw() : store_clock_.thaw();
    case Task::heals:
      return heal();
    case Task::message_comes:
      return message_comes(errand.index);
    case Task::run_held:
      return is_current() ? run_held(errand.index, errand.value) : void();
    case Task::store_sweeps:
      return store_sweeps();
    case Task::operator_acts:
      return operator_acts(errand.index, errand.value);
    case Task::operator_tries:
      return operator_tries(errand.index);
    case Task::order_arrives:
      return order_arrives(errand.index, errand.value, 0);
    case Task::order_twin_arrives:
      return order_arrives(errand.index, errand.value, by_twin);
    case Task::carry_arrives:
      return carry_arrives(errand.index);
    case Task::carry_returns:
      return carry_returns(errand.index);
    case Task::carry_breaks:
      return carry_breaks(errand.index);
    case Task::object_redeploys:
      object_version_ = version_;
      return restart_object();
  }
}

bool World::strikes(Fault fault, std::uint64_t subject, std::uint64_t nth) {
  const std::uint32_t rate = scenario_.rates[static_cast<std::size_t>(fault)];
  if (rate == 0 || is_healed_) {
    return false;
  }
  const std::uint64_t name =
      dice_.draw(fault_draws + static_cast<std::uint64_t>(fault), subject, nth);
  if (name % 65'536 >= rate || scenario_.spared.contains(name)) {
    return false;
  }
  ++log_.strikes;
  log(Happening::struck, static_cast<std::uint8_t>(fault), nobody, nobody, name, subject);
  return true;
}

void World::log(Happening what, std::uint8_t detail, std::uint16_t delivery, std::uint16_t key,
                std::uint64_t a, std::uint64_t b, std::uint16_t content) {
  if (delivery != nobody && log_.deliveries[delivery].carried_for != nobody) {
    delivery = log_.deliveries[delivery].carried_for;
    detail |= by_object;
  }
  log_.entries.push_back({now_ms_, what, detail, delivery, key, content, a, b});
  for (const std::uint64_t word :
       {now_ms_, static_cast<std::uint64_t>(what), static_cast<std::uint64_t>(detail),
        static_cast<std::uint64_t>(delivery),
        static_cast<std::uint64_t>(content) << 16 | static_cast<std::uint64_t>(key), a, b}) {
    log_.trace = (log_.trace ^ word) * prime;
  }
}

void World::trace(std::string_view bytes) {
  log_.trace = (log_.trace ^ bytes.size()) * prime;
  while (!bytes.empty()) {
    std::uint64_t word = 0;
    const std::size_t count = std::min(bytes.size(), sizeof word);
    std::memcpy(&word, bytes.data(), count);
    log_.trace = (log_.trace ^ word) * prime;
    log_.trace ^= log_.trace >> 32;
    bytes.remove_prefix(count);
  }
}

/// What draws about a delivery are made for: the same one in a schedule from which others are gone.
std::uint64_t World::subject_of(std::uint16_t delivery) const {
  const DeliveryFact& fact = log_.deliveries[delivery];
  if (fact.carried_for != nobody) {
    return (std::uint64_t{1} << 48) + subject_of(fact.carried_for);
  }
  if (fact.parent != nobody) {
    return (std::uint64_t{2} << 40) + delivery;
  }
  if (fact.sender == nobody) {
    return (std::uint64_t{1} << 40) + (std::uint64_t{fact.copy} << 16) + fact.attacker;
  }
  return (std::uint64_t{fact.sender} + 1) << 24 | std::uint64_t{fact.attempt} << 8 | fact.copy;
}

void World::plan_faults() {
  for (const Fault fault : {Fault::store_outage, Fault::store_restart, Fault::clock_step,
                            Fault::clock_freeze, Fault::redeploy}) {
    const auto number = static_cast<std::uint16_t>(fault);
    if (scenario_.rates[number] == 0) {
      continue;
    }
    for (std::uint64_t nth = 0; nth < world_strikes_max; ++nth) {
      // Half of them early, where most schedules have their deliveries.
      const std::uint64_t until = nth % 2 == 0
                                      ? std::min<std::uint64_t>(scenario_.heals_at_ms, 30'000)
                                      : scenario_.heals_at_ms;
      plan(dice_.between(0, until, fault_times, number, nth), Task::fault_strikes, number, 0, nth);
    }
  }
}

void World::strike_world(Fault fault, std::uint64_t nth) {
  if (!strikes(fault, 0, nth)) {
    return;
  }
  const std::uint64_t chance =
      dice_.draw(fault_details + static_cast<std::uint64_t>(fault), 0, nth);
  if (fault == Fault::store_outage) {
    store_is_out_ = true;
    log(Happening::outage, 1, nobody, nobody, 0, 0);
    plan(1000 + chance % 60'000, Task::outage_ends, 0, 0, 0);
  } else if (fault == Fault::store_restart) {
    restart_object();
  } else if (fault == Fault::redeploy) {
    redeploy(nth);
  } else {
    const std::uint16_t which = chance % 2;
    SkewedClock& clock = which == 0 ? host_clock_ : store_clock_;
    if (fault == Fault::clock_freeze) {
      clock.freeze(wall_ms());
      plan(1000 + chance / 2 % 60'000, Task::clock_thaws, which, 0, 0);
    } else {
      constexpr std::array<std::int64_t, 6> steps = {3'600'000, -3'600'000, 30'000,
                                                     -30'000,   5'000,      -5'000};
      clock.step(steps[chance / 2 % steps.size()]);
    }
    log(Happening::clock, static_cast<std::uint8_t>(which), nobody, nobody,
        static_cast<std::uint64_t>(clock.offset_ms()), 0);
  }
}

/// Deliveries in flight die, or are handed over to the new version with their tickets, or are let
/// go on by the old one. The store's object follows within two minutes, and restarts for it.
void World::redeploy(std::uint64_t nth) {
  ++version_;
  if (scenario_.carried_forwards_max.has_value()) {
    plan(dice_.between(0, 120'000, object_redeploy, 0, nth), Task::object_redeploys, 0, 0, 0);
  }
  log(Happening::redeployed, 0, nobody, nobody, version_, 0);
  for (std::uint16_t i = 0; i < flights_.size(); ++i) {
    Flight& flight = flights_[i];
    if (flight.is_over || flight.turn == 0 || is_at_object(i)) {
      continue;
    }
    const std::uint64_t chance = dice_.draw(fault_details, subject_of(i), nth) % 3;
    if (chance == 0) {
      die(i);
    } else if (chance == 1) {
      flight.version = version_;
    }
  }
}

void World::heal() {
  is_healed_ = true;
  host_clock_.correct();
  store_clock_.correct();
  store_is_out_ = false;
  log(Happening::healed, 0, nobody, nobody, 0, 0);
}

}  // namespace postern::harness::simulate
