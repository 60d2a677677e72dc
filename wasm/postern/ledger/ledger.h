#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "postern/base/bytes.h"
#include "postern/contract/numbers.h"

// The ledger's rules as a pure function: row, operation and time in; row and reply out. A store
// only has to offer one atomic read-modify-write of an opaque row per key. The state machine, its
// promise and its checked models: docs/DUPLICATES.md.

namespace postern::ledger {

inline constexpr std::size_t key_bytes = 32;
inline constexpr std::size_t owner_bytes = 16;
inline constexpr std::size_t hint_bytes = 16;

/// Copies of one content are counted for so long.
inline constexpr std::uint64_t copies_window_ms = 60'000;

/// How much longer than it has to a content is remembered for its copies' sake, so that a stream of
/// them writes it once in that time.
inline constexpr std::uint64_t copies_retain_step_ms = std::uint64_t{60} * 60 * 1000;

/// Room for one encoded row, operation or reply, with space for fields of later versions. A store
/// need not look inside.
inline constexpr std::size_t row_bytes_max = 128;
inline constexpr std::size_t operation_bytes_max = 128;
inline constexpr std::size_t reply_bytes_max = 32;

/// A start of the store lifts epochs to `started_ms << epoch_start_shift`: room for 65 536 grants
/// of one key per millisecond between two starts, and u64 lasts until `started_ms_max`.
inline constexpr unsigned epoch_start_shift = 16;

/// Later starts (after the year 10 000) count as this one.
inline constexpr std::uint64_t started_ms_max = (std::uint64_t{1} << 48) - 1;

using Key = std::array<std::byte, key_bytes>;
using Owner = std::array<std::byte, owner_bytes>;

/// What a delivery of a content says of it unsigned, as a hash: the same signed content under
/// another hint is a copy, which has a row of its own. All zero: nothing, which differs from
/// nothing.
using Hint = std::array<std::byte, hint_bytes>;

enum class State : std::uint8_t {
  absent = 0,
  claimed = 1,
  retryable = 2,
  done = 3,
  // Queue mode: the event is the gate's to deliver. Such a row never expires.
  accepted = 4,
  delivering = 5,  // Leased to one run of the queue.
  dead = 6,        // Given up; an operator may reopen or drop it.
};

/// What the ledger knows of one event. An absent row is known by nothing but its state.
struct Row {
  State state = State::absent;

  /// Rises with every grant: a fencing token. Never starts over while the store keeps what `Clock`
  /// asks of it and the row is not forgotten. Above 2^53 once `Clock::started_ms` is in it, so
  /// it is written as decimal text, never as a JSON number.
  std::uint64_t epoch = 0;

  Owner owner{};  // Of a claimed or delivering row.
  /// Of a claimed or delivering row; the lease is over at this very millisecond.
  std::uint64_t lease_until_ms = 0;
  std::uint64_t first_seen_ms = 0;

  /// From here on a done or retryable row counts as absent, and a store may drop it. 0: never.
  std::uint64_t expires_ms = 0;

  /// Forwards that failed, up to 65 535; since it was accepted, for a row that is owed, and with
  /// the runs that took it and never told what came of it.
  std::uint16_t attempts = 0;

  /// The origin may have seen this event already: a lease ran out or was lost, or a forward's
  /// outcome is unknown. Once set it stays until the row expires.
  bool maybe_duplicate = false;

  /// The origin's. Of a done row that of the commit that came first, 0 when the event was dropped;
  /// of one that is owed or dead that of the last forward that failed, 0 without an answer.
  std::uint16_t status = 0;
  std::uint64_t due_ms = 0;  // Of an accepted row: nobody may take it before.

  /// Under which hint the content came first. Copies of it, under other hints, may be remembered
  /// until `copies_until_ms`, and are counted from `copies_since_ms` on for `copies_window_ms`.
  Hint hint{};
  std::uint64_t copies_until_ms = 0;
  std::uint64_t copies_since_ms = 0;
  std::uint16_t copies = 0;

  friend bool operator==(const Row&, const Row&) = default;
};

enum class Verb : std::uint8_t {
  claim = 1,
  commit = 2,
  release = 3,
  accept = 4,    // Keep the event, to be delivered later.
  take = 5,      // Deliver an accepted event now.
  fail = 6,      // The delivery failed; keep the event until it is due again.
  bury = 7,      // The last delivery failed.
  reopen = 8,    // An operator's: whatever became of the event, it may be forwarded again.
  drop = 9,      // An operator's: a dead event is done with, although nobody has it.
  redrive = 10,  // An operator's: as reopen, of what is owed or dead, and of nothing else.
  give_up = 11,  // The store's own: no run of what is owed gets as far as to take it.
};

/// Whether it is known that a failed forward had no effect on the origin.
enum class Outcome : std::uint8_t { known = 0, unknown = 1 };

struct Operation {
  Verb verb = Verb::claim;

  /// claim, take: random for each delivery or run. The same owner may ask again, as a reply can be
  /// lost.
  Owner owner{};

  /// claim, take: how long the owner may take, longer than the origin's time limit. 0 makes a lease
  /// that is over at once: it shuts nobody out, and the next grant is marked maybe-duplicate.
  std::uint32_t lease_ms = 0;

  /// commit, release, reopen, redrive, drop: how long the row is remembered from now. 0, or so long
  /// that the time would not fit: for ever. claim, accept: how long a copy's row may be remembered
  /// from now, which its content is remembered for at least.
  std::uint64_t retain_ms = 0;

  std::uint64_t epoch = 0;           // commit, release, fail, bury: the one that was granted.
  std::uint16_t status = 0;          // commit, fail, bury: the origin's, 0 without an answer.
  Outcome outcome = Outcome::known;  // release, fail, bury
  std::uint32_t delay_ms = 0;        // accept, fail: until it is due.

  /// claim, accept, commit, release, fail, bury: the delivery's.
  Hint hint{};
  /// claim, accept: most copies of the content in `copies_window_ms`; 0 when there may be none.
  std::uint16_t copies_max = 0;
  bool is_copy = false;  // claim, accept: on a copy's own row, which is marked from the start.

  friend bool operator==(const Operation&, const Operation&) = default;
};

/// The store's time. `now_ms` never goes back (the store keeps the largest it has seen).
/// `started_ms` is when this store began to answer, larger than at each of its earlier starts:
/// leases held in memory before it are lost, so epochs begin above it, and a grant within one lease
/// of it is marked maybe-duplicate. 0 for a store that loses nothing when it restarts.
struct Clock {
  std::uint64_t now_ms = 0;
  std::uint64_t started_ms = 0;
};

using Answer = contract::LedgerAnswer;

/// A field that no answer names is zero.
struct Reply {
  Answer answer = Answer::ignored;
  std::uint64_t epoch = 0;       // granted
  bool maybe_duplicate = false;  // granted: say so to the origin.
  std::uint64_t wait_ms = 0;     // busy, limited
  std::uint16_t status = 0;      // duplicate, and a commit's done: of the commit that came first.
  std::uint16_t attempts = 0;    // granted to a take: as in the row.
  bool is_copy = false;          // Whatever the answer: of an operation on a copy's own row.

  friend bool operator==(const Reply&, const Reply&) = default;
};

/// What the store must do with the row before it lets the reply out.
using Keep = contract::Keep;

struct Transition {
  Row row;
  Keep keep = Keep::unchanged;
  Reply reply;
};

/// `due_of` says when somebody has to drive the event if nobody has: unix milliseconds, or 0 for a
/// row that is not owed.
[[nodiscard]] std::uint64_t due_of(const Row& row);

/// `apply` is the whole state machine: total, deterministic, without side effects.
/// Times that would not fit are the largest that does. An epoch that cannot rise any more is not
/// granted: every claim is answered `busy`, as a fencing token must never repeat. A state or verb
/// outside its type cannot come from the decoders, so it traps. A row to keep `unchanged` comes
/// back as it went in.
[[nodiscard]] Transition apply(const Row& row, const Operation& operation, const Clock& clock);

/// The binary forms: a version byte (3), then every field in the order declared above, integers
/// little-endian, owners and hints raw, flags and enumerators one byte. A row has 97 bytes, or none
/// when absent; an operation has 64; a reply has 24. One value, one spelling.
///
/// Rows outlive deployments: those of version 1, which ended with the status and knew the first
/// four states only, and of version 2, which ended with when they are due, are read too.
///
/// Refuses (nullopt): every byte string that the encoder would not make, so another length, another
/// version, an unknown enumerator, a flag other than 0 and 1.
/// Borrows: the encoders give a view of `room`, which traps when it is smaller than the limit
/// above.
[[nodiscard]] Bytes encode_row(const Row& row, MutableBytes room);
[[nodiscard]] std::optional<Row> decode_row(Bytes bytes);
[[nodiscard]] Bytes encode_operation(const Operation& operation, MutableBytes room);
[[nodiscard]] std::optional<Operation> decode_operation(Bytes bytes);
[[nodiscard]] Bytes encode_reply(const Reply& reply, MutableBytes room);
[[nodiscard]] std::optional<Reply> decode_reply(Bytes bytes);

}  // namespace postern::ledger
