#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "harness/engine/engine.h"
#include "harness/host/frames.h"
#include "harness/host/macs.h"
#include "harness/host/memory_ledger.h"
#include "harness/host/script.h"
#include "harness/host/token_buckets.h"

namespace postern::harness {

/// Most effects that one delivery or run may ask for; the longest way known has seven.
inline constexpr std::size_t effects_max = 64;

/// Most runs of the queue in one call of `play`: four events that use up the most attempts that a
/// schedule may have fit.
inline constexpr std::size_t runs_max = 400;

/// `until_ms` of a `play` that goes on until the queue is empty.
inline constexpr std::uint64_t until_settled = UINT64_MAX;

/// What became of one delivery, or of one run of the queue.
struct Outcome {
  /// Every step that the module gave, as complete frames.
  std::vector<std::string> trace;
  /// Of a delivery; there is nobody to answer in a run.
  std::optional<Answer> answer;
  /// The decision record, JSON.
  std::string record;
  /// What was sent to the origin, also where the sending failed.
  std::vector<Forward> forwards;
  /// Claims, accepts, commits and releases asked for, also those that failed.
  std::size_t ledger_calls = 0;
  /// Of a run that ended with `retry_later`.
  std::optional<std::uint32_t> comes_again_ms;
};

/// One delivery on its way in.
struct Arrival {
  Delivery delivery;
  std::string token;  // 16 bytes; random at the edge, an input here.
};

/// One run of the queue, with the random bytes that it was given.
struct QueueRun {
  std::string token;
  Outcome outcome;
};

/// A fresh message of the store's own, for a delivery that had lost the one it had.
struct Sweep {
  std::uint64_t at_ms = 0;
  std::string shard;
};

struct Played {
  std::vector<Outcome> outcomes;  // One for each arrival.
  std::vector<QueueRun> runs;     // In the order in which they began.
  std::vector<Sweep> sweeps;
  /// Whether there would have been more than `runs_max` runs: the script never lets it settle.
  bool is_cut_off = false;
};

/// What the ledger and the queue hold.
struct Holdings {
  MemoryLedger::Counts ledger;
  std::size_t whole_messages = 0;  // On their way, and in no ledger yet.
};

/// A host in a scripted world and with a scripted clock: it performs the module's effects, in the
/// same order for the same input. Borrows the engine. Ledger, queue and limiter live as long as the
/// simulation.
class Simulation {
 public:
  /// Configures the engine. Throws `MalformedAnswer` when it refuses the policy.
  Simulation(Engine& engine, std::string_view policy, const std::vector<std::string>& settings);

  [[nodiscard]] const Configured& configured() const { return configured_; }

  /// `play` takes deliveries that arrive together at `now_ms` to their ends, and begins every run
  /// of the queue whose time comes until `until_ms`. Each delivery goes as far as it can without
  /// waiting, in order; then time passes from event to event: a forward is answered, a held claim
  /// has waited long enough, a message comes. What has begun goes to its end, even behind
  /// `until_ms`. Throws: `MalformedAnswer`, `EngineTrapped`.
  [[nodiscard]] Played play(const std::vector<Arrival>& arrivals, std::uint64_t now_ms,
                            std::uint64_t until_ms, const Script& script);

  /// `deliver` is `play` for policies without a queue.
  [[nodiscard]] std::vector<Outcome> deliver(const std::vector<Arrival>& arrivals,
                                             std::uint64_t now_ms, const Script& script);

  [[nodiscard]] Holdings holdings() const;

 private:
  friend class EffectLoop;

  /// A message of the queue: the place of what it drives, or the whole of it.
  struct Message {
    LedgerPlace place;
    std::string ticket;
    std::shared_ptr<const std::string> body;

    [[nodiscard]] bool is_whole() const { return body != nullptr; }
  };
  struct Waiting {
    std::uint64_t due_ms = 0;
    Message message;
  };

  [[nodiscard]] std::uint64_t body_bytes_max(const std::string& path) const;
  /// The random bytes of the next run: a sequence, so that every host can be given the same.
  [[nodiscard]] std::string next_run_token();

  Engine& engine_;
  Configured configured_;
  Macs macs_{configured_.keys};
  MemoryLedger ledger_;
  TokenBuckets buckets_;
  /// In the order in which they were sent.
  std::vector<Waiting> queue_;
  std::uint64_t runs_begun_ = 0;
};

}  // namespace postern::harness
