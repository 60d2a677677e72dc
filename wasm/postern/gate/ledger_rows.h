#pragma once

#include <optional>
#include <string_view>

#include "postern/gate/call.h"
#include "postern/gate/limits.h"
#include "postern/gate/routed.h"
#include "postern/ledger/ledger.h"
#include "postern/scheme/event.h"

// Which rows of the ledger an event has, and what is asked of them.

namespace postern::gate {

/// `own_key` is the key that an origin knows this delivery's event by: a copy's is its own.
[[nodiscard]] scheme::EventKey own_key(const scheme::EventFacts& event, bool is_copy);

/// `row_key` is the key of the row for the destination that `facts` are aimed at. The event's own
/// row, which also absorbs the sender's repeats, is that of the first one.
[[nodiscard]] scheme::EventKey row_key(const Facts& facts, bool is_copy);

/// `source_name` is the name of the delivery's source; of a run, also of one that is gone. Empty
/// for a path of no source.
[[nodiscard]] std::string_view source_name(const Call& call);

/// `shard_name` is the text that names the store of the event's rows. Borrows: from the call's
/// arena.
[[nodiscard]] std::string_view shard_name(const Call& call);

/// `new_event_question` is the operation, `claim` or `accept`, that asks for an event under its
/// hint. A copy's row is there while its event is under way, and then is
/// remembered like any other: the content has to be remembered for as long.
[[nodiscard]] ledger::Operation new_event_question(ledger::Verb verb, const Routed& routed);

/// `operation_of` is an operation with that verb and, so far, nothing else. Not inlined: the
/// initial values would stand in the module for each.
[[nodiscard]] ledger::Operation operation_of(ledger::Verb verb);

/// `encoded` is an operation as effects carry it. Borrows: from the call's arena.
[[nodiscard]] Bytes encoded(const Call& call, const ledger::Operation& operation);

/// `claim_of` asks for the event's row, and where copies may be let in for the copy's row besides.
[[nodiscard]] contract::Claim claim_of(const Call& call, ledger::Operation& operation);

/// What came of a ledger effect.
struct LedgerOutcome {
  bool is_malformed = false;
  std::optional<ledger::Reply> reply;  // Nothing: the ledger could not be asked.
};
[[nodiscard]] LedgerOutcome read_ledger_outcome(Reader& outcome);

}  // namespace postern::gate
