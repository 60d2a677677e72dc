#pragma once

#include <cstddef>
#include <cstdint>
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
  /// Of a line of a list.
  std::optional<StoredDelivery> delivery;
  /// Such as `message sent`; empty for a row that was only looked at.
  std::string note;
};

/// `name_of` is the state's name in docs/DUPLICATES.md.
[[nodiscard]] std::string_view name_of(ledger::State state);

/// Fewest digits that a key is shortened to: few enough for a line, and no two of a gate's dead
/// letters are likely to share them. Where two of one table do, it shows more.
inline constexpr std::size_t brief_key_digits = 12;

enum class KeyForm : std::uint8_t { brief, whole };

/// `ledger_as_blocks` has for each row its fields below each other, and leaves out what is not so.
/// Times are UTC, here and below.
[[nodiscard]] std::string ledger_as_blocks(const std::vector<LedgerLine>& lines);

/// `list_as_tables` has a table for each source and destination: what failed together stands
/// together, dead or still owed. With brief keys a line has up to 100 columns, unless an event's
/// type has over 32.
[[nodiscard]] std::string list_as_tables(const std::vector<LedgerLine>& lines, KeyForm form);

/// `changes_as_table` says for each row what became of it.
[[nodiscard]] std::string changes_as_table(const std::vector<LedgerLine>& lines, KeyForm form);

/// `ledger_as_json` is an array with an object for each row. Epochs are text: they are beyond what
/// a JSON number keeps exactly.
[[nodiscard]] std::string ledger_as_json(const std::vector<LedgerLine>& lines);

}  // namespace postern::harness
