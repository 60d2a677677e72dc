#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "harness/simulate/gate_model.h"
#include "harness/simulate/log.h"
#include "harness/simulate/scenario.h"

// The promises of docs/DUPLICATES.md, held against a log. Nothing here calls the gate or reads what
// only it understands: rows, tickets and operations are opaque.

namespace postern::harness::simulate {

/// Past every schedule, as a time.
inline constexpr std::uint64_t for_ever = std::numeric_limits<std::uint64_t>::max();

struct Violation {
  std::string_view promise;  // S1 to S9, S5b, L1, or what stands in docs/SIMULATION.md besides.
  std::string what;
  std::uint64_t at_ms = 0;
};

/// What checkers know beside the log.
struct Known {
  const Log& log;
  const Scenario& scenario;
  const std::vector<SourceFacts>& sources;
};

/// Which row of the ledger it is: of which event, and for which destination.
struct RowName {
  std::uint16_t source = nobody;
  std::uint16_t event = nobody;
  std::uint8_t destination = 0;
  auto operator<=>(const RowName&) const = default;
};

/// What a row of the ledger is for. A content's own row is for whichever of its events came first,
/// a copy's for one event, beside its content's row.
struct RowOwner {
  std::uint16_t source = nobody;
  std::uint16_t content = nobody;  // As `content_of`; an event without a hint is its own.
  std::uint16_t copy_of = nobody;  // By key.
  std::uint16_t hint = 0;          // Of a copy.
  bool operator==(const RowOwner&) const = default;
};

/// `owner_of_row` is whose row `entry`, a ledger call or a forward, is about.
[[nodiscard]] RowOwner owner_of_row(const LogEntry& entry, const Known& known);

/// The rows that the store was asked about, by their keys: an operator's order names nothing else.
/// Once a row is forgotten it may be another destination's, where those have changed places, or
/// another event's of the same content.
class RowNames {
 public:
  explicit RowNames(const Log& log) : log_(log) {}

  void hear(const LogEntry& entry);
  [[nodiscard]] const RowName& operator[](std::uint16_t key) const { return names_[key]; }

 private:
  const Log& log_;
  std::vector<RowName> names_;
};

/// `check_ledger` compares every answer of the store with a second, independent ledger: S2, S3, S7,
/// S9, and what operators are told.
void check_ledger(const Known& known, std::vector<Violation>& violations);

/// `check_forwards` looks at what reached the origin, and why: S1, S4, S5, S5b, S6, S8, and that a
/// forward begins in time.
void check_forwards(const Known& known, std::vector<Violation>& violations);

/// `check_answers` looks at what senders were told, and whether they were ever served: S2, L1.
void check_answers(const Known& known, std::vector<Violation>& violations);

/// `check_admission` looks at addresses, rate limits, and sources that only observe.
void check_admission(const Known& known, std::vector<Violation>& violations);

/// `check_copies` looks at one content under several hints: whose its row is, how many copies are
/// let in, and what is marked.
void check_copies(const Known& known, std::vector<Violation>& violations);

/// `check_carrying` looks at deliveries that the store's object was handed: that one of the two
/// hosts goes on with each, and the object settles what it has taken.
void check_carrying(const Known& known, std::vector<Violation>& violations);

/// `check_all` is the six of them.
[[nodiscard]] std::vector<Violation> check_all(const Known& known);

}  // namespace postern::harness::simulate
