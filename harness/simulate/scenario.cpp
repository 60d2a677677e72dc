#include "harness/simulate/scenario.h"

#include <fmt/format.h>

#include "harness/simulate/dice.h"
#include "harness/simulate/gate_model.h"

namespace postern::harness::simulate {
namespace {

constexpr std::array<std::string_view, faults_count> fault_names = {
    "call lost",      "call late",     "call twice",   "reply lost",   "reply late",
    "store outage",   "store restart", "crash",        "trap",         "pause",
    "clock step",     "clock freeze",  "redeploy",     "origin error", "origin decline",
    "origin refused", "origin hang",   "origin late",  "origin reset", "answer lost",
    "crypto down",    "queue down",    "message lost", "message late", "message twice",
    "limit denied",   "limit down",    "carry unsent", "carry lost",   "carry unheard",
};

constexpr std::array<std::string_view, attacks_count> attack_names = {
    "replay",       "other body",   "other signature", "other id",   "other time",
    "other source", "no signature", "elsewhere",       "other hint",
};

constexpr std::uint64_t second = 1000;
constexpr std::uint64_t minute = 60 * second;
constexpr std::uint64_t hour = 60 * minute;
constexpr std::uint64_t day = 24 * hour;

/// What draws of this file are for; `Purpose` has those of the running schedule.
enum Choice : std::uint64_t {
  swarm,
  rate,
  senders,
  source,
  event,
  retry,
  copies,
  start,
  patience,
  delay,
  again,
  attackers,
  attack,
  healing,
  fences,
  quiet,
  operators,
  orders,
  hint,
  flood,
  company,
  carrying,
};

/// Sources whose events have hints, by number: `GateModel` has them last.
constexpr std::uint16_t first_with_hints = 10;

/// More than the copies of one content that a minute has room for.
constexpr std::uint16_t flood_size = 66;

class Maker {
 public:
  explicit Maker(std::uint64_t seed) : dice_(seed) { scenario_.seed = seed; }

  Scenario make() {
    draw_faults();
    constexpr std::array<std::uint64_t, 4> healings = {20 * second, 45 * second, 2 * minute,
                                                       10 * minute};
    scenario_.heals_at_ms = healings[pick(healings.size(), healing, 0)];
    scenario_.origin_fences = pick(3, fences, 0) == 0;
    scenario_.quiet_leases_max = pick(2, quiet, 0) == 0 ? 0 : 4;
    // As at the edge, or so few that it happens with a few deliveries.
    constexpr std::array<std::uint16_t, 8> rooms = {5, 5, 5, 5, 5, 1, 1, 0};
    if (pick(2, carrying, 0) == 0) {
      scenario_.carried_forwards_max = rooms[pick(rooms.size(), carrying, 1)];
    }
    constexpr std::array<std::uint16_t, 8> crowds = {1, 1, 1, 1, 1, 2, 2, 3};
    const std::uint16_t count = crowds[pick(crowds.size(), senders, 0)];
    for (std::uint16_t i = 0; i < count; ++i) {
      scenario_.senders.push_back(draw_sender(i));
    }
    bring_together();
    const std::uint64_t attacks = pick(3, attackers, 0) == 0 ? pick(3, attackers, 1) + 1 : 0;
    for (std::uint16_t i = 0; i < attacks; ++i) {
      scenario_.attacks.push_back(draw_attack(i));
    }
    const std::uint64_t acts = pick(2, operators, 0) == 0 ? pick(3, operators, 1) + 1 : 0;
    for (std::uint16_t i = 0; i < acts; ++i) {
      scenario_.orders.push_back(draw_order(i));
    }
    return std::move(scenario_);
  }

 private:
  [[nodiscard]] std::uint64_t pick(std::uint64_t choices, Choice purpose, std::uint64_t nth) const {
    // NOLINTNEXTLINE(clang-analyzer-core.DivideZero): no list of choices is empty.
    return dice_.draw(purpose, 0, nth) % choices;
  }

  /// One schedule in eight has no fault; the others have some of them, rare or frequent.
  void draw_faults() {
    if (pick(8, swarm, 0) == 0) {
      return;
    }
    const std::uint64_t density = pick(5, swarm, 1) + 2;  // Of each fault: one in 2 to 6.
    for (std::size_t i = 0; i < faults_count; ++i) {
      if (pick(density, swarm, i + 2) == 0) {
        constexpr std::array<std::uint32_t, 4> rates = {2000, 6000, 15'000, 32'768};
        scenario_.rates[i] = rates[pick(rates.size(), rate, i)];
      }
    }
  }

  SenderPlan draw_sender(std::uint16_t number) const {
    SenderPlan plan{.number = number};
    const auto draw = [&](std::uint64_t choices, Choice purpose) {
      return static_cast<std::uint16_t>(dice_.draw(purpose, number, 0) % choices);
    };
    // Queue mode most often: it has the longest ways.
    constexpr std::array<std::uint16_t, 16> sources = {0, 1, 2, 3, 3, 4, 4, 5,
                                                       5, 6, 6, 6, 7, 8, 9, 9};
    plan.source = sources[draw(sources.size(), source)];
    plan.event = draw(2, event);
    if (draw(10, hint) == 0) {
      // These schedules are the longest.
      constexpr std::array<std::uint16_t, 4> with_hints = {10, 10, 11, 12};
      plan.source = with_hints[draw(with_hints.size(), source)];
      plan.event = draw(2, event) == 0 ? std::uint16_t{0} : no_hint;
    }
    plan.retry = draw(4, retry) == 0   ? Retry::never
                 : draw(4, retry) == 1 ? Retry::same_bytes
                                       : Retry::signed_anew;
    constexpr std::array<std::uint16_t, 8> crowds = {1, 1, 1, 1, 1, 2, 2, 3};
    plan.copies = crowds[draw(crowds.size(), copies)];
    plan.starts_ms = dice_.between(0, 15 * second, start, number, 0);
    constexpr std::array<std::uint64_t, 3> patiences = {5 * second, 15 * second, 30 * second};
    plan.patience_ms = patiences[draw(patiences.size(), patience)];
    plan.first_delay_ms = dice_.between(second / 2, 20 * second, delay, number, 0);
    constexpr std::array<std::uint64_t, 8> agains = {0, 0, 0, 0, 0, hour, 6 * day, 8 * day};
    plan.again_ms = agains[draw(agains.size(), again)];
    return plan;
  }

  /// Copies of a content come from one source: most of the time its other senders are here too.
  void bring_together() {
    const std::uint16_t source = scenario_.senders[0].source;
    if (source < first_with_hints || pick(4, company, 0) == 0) {
      return;
    }
    if (scenario_.senders.size() == 1) {
      scenario_.senders.push_back(draw_sender(1));
    }
    for (SenderPlan& sender : scenario_.senders) {
      sender.source = source;
      constexpr std::array<std::uint16_t, 4> events = {0, 1, no_hint, hints_count};
      sender.event = events[dice_.draw(company, sender.number, 1) % events.size()];
    }
  }

  [[nodiscard]] AttackPlan draw_attack(std::uint16_t number) const {
    const std::uint64_t nth = 3ULL * number;
    AttackPlan plan{
        .number = number,
        .sender = static_cast<std::uint16_t>(pick(scenario_.senders.size(), attack, nth)),
        .kind = static_cast<Attack>(pick(attacks_count, attack, nth + 1)),
        .after_ms = dice_.between(0, 30 * second, attack, 0, nth + 2)};
    const bool has_hints = scenario_.senders[plan.sender].source >= first_with_hints;
    if (has_hints && pick(2, hint, number) == 0) {
      plan.kind = Attack::other_hint;
    }
    if (plan.kind == Attack::other_hint) {
      constexpr std::array<std::uint16_t, 5> hints = {0, 1, 2, empty_hint, no_hint};
      plan.hint = hints[dice_.draw(hint, number, 1) % hints.size()];
      plan.times = has_hints && pick(16, flood, number) == 0 ? flood_size : 1;
    }
    return plan;
  }

  /// Most leases are over in a moment, and most events long before they could be dead: so most
  /// operators come on cue.
  OrderPlan draw_order(std::uint16_t number) const {
    OrderPlan plan{.number = number};
    const auto draw = [&](std::uint64_t choices, std::uint64_t nth) {
      return dice_.draw(orders, number, nth) % choices;
    };
    plan.order = static_cast<Order>(draw(orders_count, 0));
    constexpr std::array<Cue, 4> cues = {Cue::time, Cue::change, Cue::change, Cue::death};
    plan.cue = cues[draw(cues.size(), 1)];
    plan.look = draw(4, 2) == 0 ? Look::never : Look::first;
    plan.times = draw(4, 3) == 0 ? 2 : 1;
    plan.nth = static_cast<std::uint16_t>(draw(plan.cue == Cue::death ? 8 : 64, 4) / 7 + 1);
    const std::uint64_t longest = plan.cue == Cue::time    ? scenario_.heals_at_ms + minute
                                  : plan.cue == Cue::death ? 2 * minute
                                  : draw(4, 5) == 0        ? 20 * second
                                                           : second / 2;
    plan.after_ms = draw(longest, 6);
    return plan;
  }

  Dice dice_;
  Scenario scenario_;
};

std::string_view name_of(Cue cue) {
  return cue == Cue::time ? "the start" : cue == Cue::change ? "change" : "death";
}

std::string_view name_of(Retry retry) {
  return retry == Retry::never         ? "never retries"
         : retry == Retry::signed_anew ? "retries, signed anew"
                                       : "retries with the same bytes";
}

}  // namespace

std::string_view name_of(Fault fault) { return fault_names[static_cast<std::size_t>(fault)]; }

Scenario make_scenario(std::uint64_t seed) { return Maker(seed).make(); }

std::string describe(const Scenario& scenario) {
  std::string text =
      fmt::format("seed {}, faults until {} s", scenario.seed, scenario.heals_at_ms / second);
  text += scenario.origin_fences ? ", the origin fences" : "";
  text += scenario.quiet_leases_max == 0 ? ", leases in memory" : ", leases on disk";
  text +=
      !scenario.carried_forwards_max.has_value()
          ? "\n"
          : fmt::format(", carried with room for {} forwards\n", *scenario.carried_forwards_max);
  text += "  faults:";
  bool has_fault = false;
  for (std::size_t i = 0; i < faults_count; ++i) {
    if (scenario.rates[i] != 0) {
      text += fmt::format("{} {} {:.0f} %", has_fault ? "," : "", fault_names[i],
                          scenario.rates[i] / 655.36);
      has_fault = true;
    }
  }
  text += has_fault ? "\n" : " none\n";
  if (!scenario.spared.empty()) {
    text += fmt::format("  {} strikes of them are left out\n", scenario.spared.size());
  }
  for (const SenderPlan& plan : scenario.senders) {
    text += fmt::format(
        "  sender {}: source {}, event {}{}, {} at {} ms, {}", plan.number, plan.source, plan.event,
        plan.source < first_with_hints
            ? ""
            : fmt::format(" (content {}, hint {})", plan.event / hints_count, hint_of(plan.event)),
        plan.copies == 1 ? "one copy" : fmt::format("{} copies", plan.copies), plan.starts_ms,
        name_of(plan.retry));
    text += plan.again_ms == 0 ? "\n" : fmt::format(", again after {} h\n", plan.again_ms / hour);
  }
  for (const AttackPlan& plan : scenario.attacks) {
    text += fmt::format("  attacker {}: {}{} of what sender {} sent, {} ms later{}\n", plan.number,
                        attack_names[static_cast<std::size_t>(plan.kind)],
                        plan.kind == Attack::other_hint ? fmt::format(" ({})", plan.hint) : "",
                        plan.sender, plan.after_ms,
                        plan.times == 1 ? "" : fmt::format(", {} times", plan.times));
  }
  for (const OrderPlan& plan : scenario.orders) {
    text +=
        fmt::format("  operator {}: {}{}, {} ms after {}{}\n", plan.number, name_of(plan.order),
                    plan.look == Look::first ? "" : " without a look", plan.after_ms,
                    name_of(plan.cue), plan.cue == Cue::time ? "" : fmt::format(" {}", plan.nth));
  }
  return text;
}

}  // namespace postern::harness::simulate
