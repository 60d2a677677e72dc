#pragma once

#include <optional>
#include <variant>

#include "postern/gate/call.h"
#include "postern/gate/routed.h"
#include "postern/ledger/ledger.h"

// What may leave the gate, and why. A forward takes a `Permit` and nothing else. Each kind has one
// maker; besides them only the ticket of a delivery that had one brings it back. What they permit
// stands in the facts of its call.

namespace postern::gate {

class TicketFields;

/// The ordinary permit: the ledger leased the event to this delivery, or to this run.
class Granted {
 public:
  /// `make` notes the grant. Nothing for a reply that grants nothing.
  [[nodiscard]] static std::optional<Granted> make(const Routed& routed,
                                                   const ledger::Reply& reply);

 private:
  friend class TicketFields;
  explicit Granted(const Routed&) {}
};

/// The permit of an event that no ledger vouches for: its source takes each delivery for an event
/// of its own, or says `on_ledger_down = "open"`, and the ledger was down. Always marked.
class Unclaimed {
 public:
  /// `make` notes the mark. Nothing where the source does not say so.
  [[nodiscard]] static std::optional<Unclaimed> make(const Routed& routed);

 private:
  friend class TicketFields;
  explicit Unclaimed(const Routed&) {}
};

/// The permit of a source that only observes: it forwards what it would not have, with its verdict
/// and without a signature of the gate.
class Observed {
 public:
  /// `make` notes the decision. Nothing where the source enforces, or nothing of the delivery can
  /// be carried anywhere.
  [[nodiscard]] static std::optional<Observed> make(Call& call, const Decision& decision);

 private:
  friend class TicketFields;
  Observed() = default;
};

using Permit = std::variant<Granted, Unclaimed, Observed>;

}  // namespace postern::gate
