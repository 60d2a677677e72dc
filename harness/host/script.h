#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "harness/host/frames.h"

// The script of the world around the gate: what a fixture says of the origin, the ledger, the
// queue, the limiter and the network.

namespace postern::harness {

/// How the origin takes one forward.
struct OriginTurn {
  enum class Kind : std::uint8_t {
    respond,
    hang,    // Takes the request and never answers: the gate's time limit ends it.
    refuse,  // No connection: nothing was sent.
    reset,   // The connection breaks after the request was sent.
  };
  Kind kind = Kind::respond;
  OriginResponse response = {};
  std::uint64_t delay_ms = 0;
};

enum class LedgerFault : std::uint8_t {
  none,
  unavailable,  // The operation never reached the store.
  reply_lost,   // The store did it, and nobody heard.
};

/// By effect: a queue run's take is a claim, and what it reports of a failure is a release.
struct LedgerFaults {
  LedgerFault claim = LedgerFault::none;
  LedgerFault accept = LedgerFault::none;
  LedgerFault commit = LedgerFault::none;
  LedgerFault release = LedgerFault::none;
};

/// What happens to a message that the gate hands to the queue. One that comes again after a run has
/// no such luck.
enum class QueueFault : std::uint8_t {
  none,
  send_fails,  // The queue does not take it, and says so.
  lost,        // The queue takes it, and it never comes.
  doubled,     // It comes twice.
};

enum class LimitScript : std::uint8_t {
  by_count,  // A token bucket counts.
  denied,
  unavailable,
};

struct Script {
  /// One per forward, in order; the last one stays for all that follow. Empty: 200 without a body.
  std::vector<OriginTurn> origin = {};
  LedgerFaults ledger = {};
  QueueFault queue = QueueFault::none;
  LimitScript limit = LimitScript::by_count;
  /// What `fetch_key` finds, by URL.
  std::map<std::string, std::string> fetch = {};
};

}  // namespace postern::harness
