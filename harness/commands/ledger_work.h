#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "compiler/policy_reader.h"
#include "harness/host/ledger_client.h"
#include "harness/report/ledger_report.h"

// What `postern ledger` does with the rows of a running gate, whoever asked for it.

namespace postern::harness {

/// Where the rows of one source are.
struct SourceShards {
  std::string name;
  std::uint16_t shards = 1;
  std::uint64_t retain_ms = 0;

  struct Destination {
    std::string text;  // As it stands in the policy.
    std::uint32_t id = 0;
    /// Of a route with several: all but the first have rows of their own.
    bool is_one_of_several = false;
  };
  std::vector<Destination> destinations;
};

[[nodiscard]] SourceShards shards_of(const compiler::SourceModel& source,
                                     const compiler::PolicyModel& model);

/// What one call of the command found and did. All of its calls go to the gate, and throw as those
/// of `LedgerClient`. Borrows: `client` and `sources`, which must outlive it.
class LedgerWork {
 public:
  LedgerWork(const LedgerClient& client, const std::vector<SourceShards>& sources)
      : client_(client), sources_(sources) {}

  [[nodiscard]] const std::vector<LedgerLine>& lines() const { return lines_; }

  /// Whether no row that was to change stayed as it was, and, when a change was asked for, whether
  /// there was anything to change.
  [[nodiscard]] bool is_all_done() const { return is_all_done_; }

  /// The keys, in hex and each once, that begin with `digits`: of what is dead or owed, and of
  /// their events where an event has several destinations.
  [[nodiscard]] std::vector<std::string> find_kept(const std::string& digits) const;

  /// The event's own row, and those of its other destinations.
  void show(const std::string& key);
  void list(Listing listing);

  void release(const std::string& key);

  /// These change what was listed before, by `show` or `list`.
  void redrive();
  void drop();

 private:
  void add_row(const SourceShards& source, const std::string& key, const std::string& to);
  void change(LedgerLine& line, ledger::Verb verb, OperatorOrder order);

  const LedgerClient& client_;
  const std::vector<SourceShards>& sources_;
  std::vector<LedgerLine> lines_;
  bool is_all_done_ = true;
};

}  // namespace postern::harness
