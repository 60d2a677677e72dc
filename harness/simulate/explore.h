#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "harness/simulate/gate_model.h"

namespace postern::harness::simulate {

/// What may go wrong besides crashes, lost calls and replies, and whatever an origin does.
enum class Scope : std::uint8_t {
  steady,          // The store loses nothing and every owner ends within its lease.
  store_restarts,  // The store loses what it held in memory.
  owners_pause,    // A lease may end while its owner is at it.
  queue,           // Queue mode, with messages that are lost, doubled, and swept for.
  operators,       // The same, and one fault may be an operator's order.
};

struct ExploreOptions {
  std::uint8_t deliveries = 3;  // Of one event, at any time, up to `deliveries_max`.
  std::uint8_t faults = 3;
  Scope scope = Scope::steady;
  MakeEngine make_engine;
};
inline constexpr std::uint8_t deliveries_max = 4;

struct ExploreResult {
  std::uint64_t states = 0;
  std::uint64_t transitions = 0;
  std::uint64_t ends = 0;  // States in which no delivery is under way.
  double seconds = 0;
  /// The ledger's states that were met, as `tests/model/proxy.pml` lists its own.
  std::set<std::string> rows;
  /// The first broken promise, and the way there; empty when there is none.
  std::string violation;
  std::vector<std::string> way;
};

/// `explore` walks, breadth first, through every interleaving of the real core's steps and ledger
/// rules for some deliveries of one event and some faults, in proxy mode or in queue mode. States
/// are told apart by tickets, rows, replies under way, time, and what the origin and the senders
/// have seen; equal ones are visited once, known by 128 bits of a hash.
///
/// Throws: `MalformedAnswer`, `std::length_error` for more deliveries than `deliveries_max`.
[[nodiscard]] ExploreResult explore(const ExploreOptions& options);

}  // namespace postern::harness::simulate
