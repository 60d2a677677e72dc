#pragma once

#include <optional>
#include <string>
#include <vector>

#include "harness/host/ledger_client.h"

// Rows of a ledger as people and programs read them. A form is a pure function of the data.

namespace postern::harness {

/// One row, where it stands, and what was done with it.
struct LedgerLine {
  std::string source;
  std::string shard;
  std::string key;  // In hex, as it stands in the decision record or in the list of dead letters.
  /// The destination that it is of, where an event has several and the policy tells.
  std::string to;
  ledger::Row row;
  /// Of a dead letter in a list.
  std::optional<DeadDelivery> dead;
  /// Such as `message sent`; empty for a row that was only looked at.
  std::string note;
};

/// `name_of` is the state's name in docs/DUPLICATES.md.
[[nodiscard]] std::string_view name_of(ledger::State state);

/// `ledger_as_table` has a line for each row, its fields below each other's. Times are UTC.
[[nodiscard]] std::string ledger_as_table(const std::vector<LedgerLine>& lines);

/// `ledger_as_json` is an array with an object for each row. Epochs are text: they are beyond what
/// a JSON number keeps exactly.
[[nodiscard]] std::string ledger_as_json(const std::vector<LedgerLine>& lines);

}  // namespace postern::harness
