#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "harness/simulate/log.h"

namespace postern::harness::simulate {

/// What may go wrong. Attackers are no faults: every promise holds in their company.
enum class Fault : std::uint8_t {
  call_lost,       // A ledger call never reaches the store.
  call_late,       // It reaches the store long after its caller gave up.
  call_twice,      // It reaches the store a second time.
  reply_lost,      // The store did it, and nobody hears.
  reply_late,      // The reply takes seconds.
  store_outage,    // The store answers nobody for a while.
  store_restart,   // The store forgets what it held in memory.
  crash,           // A delivery's host dies, before or after an effect.
  trap,            // The module traps; the host answers 503, and drops the instance.
  pause,           // A host sleeps, perhaps past its lease.
  clock_step,      // A clock jumps by up to an hour.
  clock_freeze,    // A clock stands still.
  redeploy,        // Another policy; deliveries in flight go on, or are handed to the new one.
  origin_error,    // 5xx, 408, 425 or 429.
  origin_decline,  // Another 4xx.
  origin_refused,  // No connection.
  origin_hang,     // Takes the event, does nothing, never answers.
  origin_late,     // Acts, and answers after the time limit.
  origin_reset,    // Breaks the connection, having acted or not.
  answer_lost,     // The sender does not hear what it was answered.
  crypto_down,     // The host's cryptography is unavailable.
  queue_down,      // The queue does not take a message, or says so.
  message_lost,    // A reference that the queue took never comes.
  message_late,    // A message comes after minutes.
  message_twice,   // A message comes twice.
  limit_denied,    // The rate limiter has counted too many.
  limit_down,      // The rate limiter cannot be asked.
  carry_unsent,    // A delivery cannot be handed to the store's object: no call is made.
  carry_lost,      // The call that hands it over breaks, and never comes to the object.
  carry_unheard,   // The call breaks, and the object has the delivery or will have it.
};
inline constexpr std::size_t faults_count = static_cast<std::size_t>(Fault::carry_unheard) + 1;

[[nodiscard]] std::string_view name_of(Fault fault);

/// What a sender does when an attempt fails.
enum class Retry : std::uint8_t { never, signed_anew, same_bytes };

/// One sender with one event.
struct SenderPlan {
  std::uint16_t number = 0;  // Draws are made for it; it stays when others are taken away.
  std::uint16_t source = 0;
  std::uint16_t event = 0;  // Senders with the same source and event report the same fact. Where it
                            // has a hint, see `content_of`.
  Retry retry = Retry::signed_anew;
  std::uint16_t copies = 1;  // Sent at once, each attempt.
  std::uint64_t starts_ms = 0;
  std::uint64_t patience_ms = 0;     // How long it waits for an answer.
  std::uint64_t first_delay_ms = 0;  // Before the first retry; doubles from then on.
  std::uint64_t again_ms = 0;        // Sent once more, so long after it was settled. 0: not.
};

enum class Attack : std::uint8_t {
  replay,
  other_body,
  other_signature,
  other_id,
  other_time,
  other_source,
  no_signature,
  elsewhere,   // A replay from an address that no list has.
  other_hint,  // What is signed stays as it is, and so it is another event of the same content.
};
inline constexpr std::uint64_t attacks_count = 9;

/// An attacker who has read what a sender sent, and sends it again, perhaps changed.
struct AttackPlan {
  std::uint16_t number = 0;
  std::uint16_t sender = 0;  // By number.
  Attack kind = Attack::replay;
  std::uint64_t after_ms = 0;  // After the sender's first attempt.
  std::uint16_t hint = 0;      // Of `other_hint`.
  std::uint16_t times = 1;     // Sent at once.
};

/// What an operator waits for before acting.
enum class Cue : std::uint8_t {
  time,    // `nth` is not looked at, and any event will do.
  change,  // The `nth` change of any row.
  death,   // The `nth` event that is given up.
};

/// Whether an operator looks at the row before, as `postern ledger` does and then acts on what may
/// have changed, or calls the admin route outright.
enum class Look : std::uint8_t { first, never };

/// One thing that an operator does, once or more.
struct OrderPlan {
  std::uint16_t number = 0;
  Order order = Order::release;
  Cue cue = Cue::time;
  Look look = Look::first;
  std::uint16_t nth = 0;
  std::uint64_t after_ms = 0;  // After the cue.
  std::uint16_t times = 1;     // Though it was answered.
};

/// What hosts may be made to do wrong, for the tests of the checkers: see `Scenario`.
enum class HostMistake : std::uint8_t {
  none,
  takes_lost_for_down,     // A call of which nothing is heard counts as a ledger that is down.
  stops_with_its_caller,   // The object drops what it carries when nobody hears of it any more.
  takes_another_version,   // The object takes what a host of another policy hands it.
  forwards_without_room,   // The object forwards however many of its forwards wait.
  goes_on_and_hands_back,  // The object performs what it has left to the other host.
};

/// One schedule as far as its seed lays it down. The rest are draws, made as it unfolds.
struct Scenario {
  std::uint64_t seed = 0;
  /// Chance of each fault at each place where it can strike, of 65 536. 0: it is not in this one.
  std::array<std::uint32_t, faults_count> rates{};
  std::vector<SenderPlan> senders;
  std::vector<AttackPlan> attacks;
  std::vector<OrderPlan> orders;
  /// When the faults end. What is not settled some hours later never will be.
  std::uint64_t heals_at_ms = 0;
  bool origin_fences = false;
  /// As in the Durable Object: more leases than this within ten seconds stay in memory.
  std::uint16_t quiet_leases_max = 0;
  /// Nothing where hosts carry on alone. Else they hand deliveries to the store's object, of whose
  /// forwards so many may wait for an answer; with 0 it has no room, and only claims.
  std::optional<std::uint16_t> carried_forwards_max;
  HostMistake mistake = HostMistake::none;
  /// Strikes that do not take place, by their names: how a failing schedule is shrunk.
  std::unordered_set<std::uint64_t> spared;
};

/// `make_scenario` draws senders, attackers, operators and a set of faults from the seed.
[[nodiscard]] Scenario make_scenario(std::uint64_t seed);

/// `describe` names the faults, senders, attackers and operators in a few lines.
[[nodiscard]] std::string describe(const Scenario& scenario);

}  // namespace postern::harness::simulate
