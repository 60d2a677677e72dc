#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "base/result.h"

// The ledger's rules as a pure function: row, operation and time in; row and reply out. A store only
// has to offer one atomic read-modify-write of an opaque row per key. The state machine, its promise and
// its checked models: docs/DUPLICATES.md.

namespace postern::ledger {

inline constexpr std::size_t key_bytes = 32;
inline constexpr std::size_t owner_bytes = 16;

/// A row as bytes; see `encode_row`. A store need not look inside.
inline constexpr std::size_t row_bytes_max = 96;
inline constexpr std::size_t operation_bytes_max = 128;
inline constexpr std::size_t reply_bytes_max = 32;

using Key = std::array<std::byte, key_bytes>;
using Owner = std::array<std::byte, owner_bytes>;

enum class State : std::uint8_t { absent = 0, claimed = 1, retryable = 2, done = 3 };

/// What the ledger knows of one event.
struct Row {
  State state = State::absent;
  /// Rises with every grant, and never starts over: see `Clock::started_ms`. A fencing token.
  std::uint64_t epoch = 0;
  Owner owner{};
  std::uint64_t lease_until_ms = 0;
  std::uint64_t first_seen_ms = 0;
  /// When a done row may be forgotten.
  std::uint64_t expires_ms = 0;
  std::uint16_t attempts = 0;
  /// The origin may have seen this event already: a lease ran out, or a forward's outcome is unknown.
  bool maybe_duplicate = false;
  /// The origin's status of the forward that made the row done.
  std::uint16_t status = 0;
};

enum class Verb : std::uint8_t { claim = 1, commit = 2, release = 3 };

/// Whether a failed forward may have reached the origin.
enum class Outcome : std::uint8_t { known = 0, unknown = 1 };

struct Operation {
  Verb verb = Verb::claim;
  Owner owner{};               // claim: the same owner may claim again, its reply may be lost.
  std::uint32_t lease_ms = 0;  // claim
  std::uint64_t retain_ms = 0; // commit
  std::uint64_t epoch = 0;     // commit, release
  std::uint16_t status = 0;    // commit
  Outcome outcome = Outcome::known;  // release
};

/// The store's time. `now_ms` never goes back (the store keeps the largest it has seen). `started_ms` is
/// when this store began to answer: leases held in memory before it are lost, so epochs begin above it
/// and grants within one lease of it are marked maybe-duplicate. 0 for a store that loses nothing.
struct Clock {
  std::uint64_t now_ms = 0;
  std::uint64_t started_ms = 0;
};

enum class Answer : std::uint8_t {
  granted = 1,    // claim: forward now, with `epoch`.
  busy = 2,       // claim: another delivery holds the lease for `wait_ms` more.
  duplicate = 3,  // claim: done before, with `status`.
  done = 4,       // commit, release: stored.
  ignored = 5,    // release of an epoch that is not the current one; commit of what is done.
};

struct Reply {
  Answer answer = Answer::ignored;
  std::uint64_t epoch = 0;
  bool maybe_duplicate = false;
  std::uint64_t wait_ms = 0;
  std::uint16_t status = 0;
};

/// What the store must do with the row before it lets the reply out.
enum class Keep : std::uint8_t {
  unchanged = 0,
  in_memory = 1,  // May be lost with the process: a lease, or a release that changes nothing for sure.
  durable = 2,    // Must survive: done, and what marks the next forward maybe-duplicate.
};

struct Transition {
  Row row;
  Keep keep = Keep::unchanged;
  Reply reply;
};

/// `apply` is the whole state machine of proxy mode: total, deterministic, without side effects.
[[nodiscard]] Transition apply(const Row& row, const Operation& operation, const Clock& clock);

/// The binary forms, as docs/ABI.md has them. The decoders refuse every byte string that the
/// encoders would not make (unknown version, state or verb, wrong length).
[[nodiscard]] Bytes encode_row(const Row& row, MutableBytes room);
[[nodiscard]] Result<Row, bool> decode_row(Bytes bytes);  // Empty bytes are the absent row.
[[nodiscard]] Bytes encode_operation(const Operation& operation, MutableBytes room);
[[nodiscard]] Result<Operation, bool> decode_operation(Bytes bytes);
[[nodiscard]] Bytes encode_reply(const Reply& reply, MutableBytes room);
[[nodiscard]] Result<Reply, bool> decode_reply(Bytes bytes);

}  // namespace postern::ledger
