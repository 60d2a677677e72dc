#pragma once

#include <array>
#include <cstdint>

#include "harness/simulate/explore_state.h"

// The states of the exhaustive search in queue mode.

namespace postern::harness::simulate {

inline constexpr std::uint8_t consumers = 2;
inline constexpr std::uint8_t walkers_max = deliveries_max + consumers;

/// Messages are all alike, so they are a number. One for each consumer is enough to meet.
inline constexpr std::uint8_t messages_max = 2;

/// How long after its time the store takes an event's message for lost.
inline constexpr std::uint64_t overdue_ms = 60'000;

/// Where everything stands between two steps of anybody, in queue mode.
struct QueueState {
  /// Deliveries first, then consumers, whose `unsent` is idle.
  std::array<Walker, walkers_max> walkers;
  std::uint64_t now_ms = Core::begins_at_ms;
  std::uint64_t lease_ends_ms = 0;
  std::uint64_t due_ms = 0;  // Of what is owed; 0 when it is done or was given up.
  std::uint32_t row = 0;
  std::uint32_t ticket = 0;         // What the outbox has; 0 for nothing.
  std::uint8_t holder = no_holder;  // As `Walker::owner`.
  std::uint8_t messages = 0;
  std::uint8_t faults = 0;
  std::uint8_t forwards = 0;
  std::uint8_t causes = 0;
  std::uint8_t effects = 0;
  bool is_confirmed = false;
  bool is_accepted = false;
  bool is_done = false;
  bool is_committed = false;  // Under a lease that no operator had ended.
  bool has_order = false;     // An operator has given one.
  bool is_dropped = false;    // And this was it.
  bool must_be_marked = false;
};

inline Fingerprint fingerprint_of(const QueueState& state) {
  Fingerprint print{3, 4};
  for (const Walker& walker : state.walkers) {
    mix(print, static_cast<std::uint64_t>(walker.at) << 8 | walker.owner);
    mix(print, std::uint64_t{walker.step} << 32 | walker.reply);
    mix(print, walker.lease_ends_ms);
  }
  mix(print, state.now_ms);
  mix(print, state.lease_ends_ms);
  mix(print, state.due_ms);
  mix(print, std::uint64_t{state.row} << 32 | state.ticket);
  for (const std::uint8_t count :
       {state.holder, state.messages, state.faults, state.forwards, state.causes, state.effects}) {
    mix(print, count);
  }
  mix(print,
      (state.is_confirmed ? 4U : 0U) | (state.is_accepted ? 2U : 0U) | (state.is_done ? 1U : 0U));
  mix(print, (state.is_committed ? 8U : 0U) | (state.has_order ? 4U : 0U) |
                 (state.is_dropped ? 2U : 0U) | (state.must_be_marked ? 1U : 0U));
  return print;
}

}  // namespace postern::harness::simulate
