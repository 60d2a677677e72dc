#pragma once

#include <string>

#include "harness/commands/command_line.h"

namespace postern::harness {

enum class LedgerAction : std::uint8_t { show, release, list_dead, list_owed, redrive, drop };

enum class LedgerForm : std::uint8_t { brief, wide, json };

/// One event, or every dead letter.
enum class LedgerReach : std::uint8_t { one, all };

struct LedgerOptions {
  LedgerAction action = LedgerAction::show;
  LedgerReach reach = LedgerReach::one;
  std::string gate;    // Its address.
  std::string key;     // In hex, of a dead letter also its beginning; empty for all.
  std::string source;  // Empty for all of the policy.
  std::string policy = "postern.toml";  // Names the sources and their shards.
  std::string providers;                // A folder in place of the built-in catalogue.
  LedgerForm form = LedgerForm::brief;
  // As the flags leave them, before they become the above.
  bool as_json = false;
  bool is_wide = false;
  bool is_for_all = false;
  bool is_meant = false;
};

/// `run_ledger` asks a running gate's ledger, or changes it, and prints the rows. Gives the exit
/// code; 1 when there is no such row, or one that stayed as it was.
[[nodiscard]] int run_ledger(const LedgerOptions& options);

void register_ledger(CommandLine& line);

}  // namespace postern::harness
