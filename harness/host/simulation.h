#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "harness/engine/engine.h"
#include "harness/host/frames.h"
#include "harness/host/memory_ledger.h"
#include "harness/host/world.h"

namespace postern::harness {

/// Most effects that one delivery may ask for; the longest way known has seven.
inline constexpr std::size_t effects_max = 64;

/// What became of one delivery.
struct Outcome {
  /// Every step that the module gave, as complete frames.
  std::vector<std::string> trace;
  std::optional<Answer> answer;
  /// The decision record, JSON.
  std::string record;
  /// What was sent to the origin, also where the sending failed.
  std::vector<Forward> forwards;
  /// Claims, commits and releases asked for, also those that failed.
  std::size_t ledger_calls = 0;
};

/// One delivery on its way in.
struct Arrival {
  Delivery delivery;
  std::string token;  // 16 bytes; random at the edge, an input here.
};

/// A host in a scripted world and with a scripted clock: it performs the module's effects, in the
/// same order for the same input. Borrows the engine. The ledger lives as long as the simulation.
class Simulation {
 public:
  /// Configures the engine. Throws `MalformedAnswer` when it refuses the policy.
  Simulation(Engine& engine, std::string_view policy, const std::vector<std::string>& settings);

  [[nodiscard]] const Configured& configured() const { return configured_; }

  /// `deliver` takes deliveries that arrive together at `now_ms` to their ends. Each goes as far as
  /// it can without waiting, in order; then time passes from event to event: a forward is answered,
  /// a held claim has waited long enough. Throws: `MalformedAnswer`, `EngineTrapped`.
  [[nodiscard]] std::vector<Outcome> deliver(const std::vector<Arrival>& arrivals,
                                             std::uint64_t now_ms, const World& world);

 private:
  class Flight;
  friend class Flight;

  [[nodiscard]] std::string perform_mac(const Mac& mac, const std::string& body) const;
  [[nodiscard]] std::uint64_t body_bytes_max(const std::string& path) const;

  Engine& engine_;
  Configured configured_;
  std::map<std::pair<std::uint16_t, std::uint8_t>, Configured::Key> keys_;
  MemoryLedger ledger_;
};

}  // namespace postern::harness
