#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include "harness/host/frames.h"
#include "harness/simulate/explore.h"
#include "harness/simulate/gate_model.h"
#include "harness/simulate/log.h"

// The parts of the exhaustive search: its states, and the core with a memory for what it was asked.

namespace postern::harness::simulate {

/// Where a delivery stands between two steps of anybody.
enum class At : std::uint8_t {
  unsent,
  claim_sent,
  claim_answered,
  forward_ready,
  origin,
  settle_sent,
  over,
};

/// Texts are numbers here, see `Texts`; 0 is the empty one.
struct Walker {
  At at = At::unsent;
  std::uint8_t life = 0;   // Of the store, in which its lease was granted.
  std::uint8_t owner = 0;  // In queue mode: how its run calls itself, from 1 on; 0 for none.
  bool is_marked = false;
  std::uint32_t step = 0;
  std::uint32_t reply = 0;
  std::uint64_t lease_ends_ms = 0;
  bool operator==(const Walker&) const = default;
};

inline constexpr std::uint8_t no_holder = 0xFF;

struct State {
  std::array<Walker, deliveries_max> walkers;
  std::uint64_t now_ms = 0;
  std::uint64_t started_ms = 0;
  std::uint64_t lease_ends_ms = 0;  // The holder's.
  std::uint32_t row = 0;
  std::uint32_t durable_row = 0;
  std::uint8_t holder = no_holder;
  std::uint8_t life = 0;
  std::uint8_t faults = 0;    // Used so far.
  std::uint8_t forwards = 0;  // Begun.
  std::uint8_t effects = 0;   // Times that the origin acted.
  std::uint8_t causes = 0;
  bool is_confirmed = false;  // The origin has answered 2xx.
  bool is_committed = false;  // Under a lease of this life that still ran.
  bool is_done = false;
  bool is_exempt = false;  // An owner was paused past its lease.
  bool operator==(const State&) const = default;
};

/// Sources of `GateModel`, by number.
inline constexpr std::uint16_t proxy_source = 0;
inline constexpr std::uint16_t queue_source = 5;

/// The search in queue mode; as `explore`.
[[nodiscard]] ExploreResult explore_queue(const ExploreOptions& options);

/// Adds a word to a fingerprint.
void mix(std::pair<std::uint64_t, std::uint64_t>& print, std::uint64_t word);

/// 128 bits that tell states apart: with 10^8 of them, two are the same by chance in one search of
/// 10^22.
using Fingerprint = std::pair<std::uint64_t, std::uint64_t>;
[[nodiscard]] Fingerprint fingerprint_of(const State& state);

/// Texts by number, the same text always by the same one.
class Texts {
 public:
  Texts() { static_cast<void>(number_of("")); }
  [[nodiscard]] std::uint32_t number_of(const std::string& text);
  [[nodiscard]] const std::string& operator[](std::uint32_t number) const {
    return *texts_[number];
  }

 private:
  std::unordered_map<std::string, std::uint32_t> numbers_;
  std::vector<const std::string*> texts_;
};

/// The real core. It is a function, so what it said once it need not be asked again.
class Core {
 public:
  Core(const MakeEngine& make_engine, std::uint16_t source) : gate_(make_engine), source_(source) {}

  /// What the core does on its own from a step's outcome to the next that somebody else performs.
  struct Advance {
    std::uint32_t step = 0;      // 0: the delivery is over.
    std::uint16_t answered = 0;  // A status, when the sender was answered on the way.
  };
  [[nodiscard]] Advance begin(std::uint8_t delivery, std::uint64_t now_ms);
  [[nodiscard]] Advance resume(std::uint32_t step, std::uint32_t outcome, std::uint64_t now_ms);

  /// A queue brings `ticket` back, to a run that calls itself `owner`.
  [[nodiscard]] Advance begin_run(std::uint32_t ticket, std::uint8_t owner, std::uint64_t now_ms);

  struct Change {
    LedgerAnswer answer = LedgerAnswer::ignored;
    Keep keep = Keep::unchanged;
    std::uint32_t row = 0;
    std::uint32_t outcome = 0;  // For the module.
    std::uint64_t due_ms = 0;
    std::uint64_t expires_ms = 0;
  };
  [[nodiscard]] Change ledger(std::uint32_t step, std::uint32_t row, std::uint64_t now_ms,
                              std::uint64_t started_ms);

  /// An operator's order in place of a step's operation.
  [[nodiscard]] Change administer(Order order, std::uint32_t row, std::uint64_t now_ms);

  [[nodiscard]] const Step& step(std::uint32_t number);
  [[nodiscard]] Texts& texts() { return texts_; }
  [[nodiscard]] std::uint64_t lease_ms() const { return gate_.sources()[source_].lease_ms; }

  static constexpr std::uint64_t begins_at_ms = 1'700'000'000'000;

 private:
  [[nodiscard]] Advance advance(const std::string& frame, std::uint64_t now_ms);
  [[nodiscard]] Change apply(const std::string& operation, std::uint32_t row, std::uint64_t now_ms,
                             std::uint64_t started_ms);

  GateModel gate_;
  std::uint16_t source_;
  Texts texts_;
  std::map<std::tuple<std::uint32_t, std::uint32_t, std::uint64_t>, Advance> advances_;
  std::map<std::tuple<std::uint32_t, std::uint32_t, std::uint64_t, std::uint64_t>, Change> changes_;
  std::map<std::pair<std::uint8_t, std::uint64_t>, Advance> beginnings_;
  std::map<std::tuple<std::uint32_t, std::uint8_t, std::uint64_t>, Advance> runs_;
  std::unordered_map<std::uint32_t, Step> steps_;
};

}  // namespace postern::harness::simulate
