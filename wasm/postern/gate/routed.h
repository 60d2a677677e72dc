#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "postern/gate/call.h"
#include "postern/policy/policy.h"
#include "postern/scheme/event.h"

namespace postern::gate {

class TicketFields;

/// What names a destination in every policy.
[[nodiscard]] std::string_view name_of(const policy::Destination& destination,
                                       const policy::Policy& policy);
[[nodiscard]] std::uint32_t id_of(const policy::Destination& destination,
                                  const policy::Policy& policy);

/// `aim_at` turns `place` to that destination of its route.
void aim_at(std::size_t destination, const policy::Route& route, const policy::Policy& policy,
            Place& place);

/// An event with a route that leads on, in the policy of today. Only `make` makes one, of an
/// `Event`, and only the ticket of a delivery that had one brings it back. A handle onto the facts
/// of a call.
class Routed {
 public:
  /// `make` notes the place in the facts of `call`, which has the event. Nothing when the
  /// source has no such route, or the route no such destination.
  [[nodiscard]] static std::optional<Routed> make(Call& call, const scheme::Event& event,
                                                  const Place& place);

  /// Whether the place in the facts of `call` is one of its policy.
  [[nodiscard]] static bool is_place(const Call& call);

  [[nodiscard]] Call& call() const { return *call_; }
  [[nodiscard]] const scheme::EventFacts& event() const { return call_->facts.event; }
  [[nodiscard]] const Place& place() const { return call_->facts.place; }
  [[nodiscard]] const policy::Source& source() const { return *call_->source->policy; }
  [[nodiscard]] const policy::Route& route() const { return source().routes[place().route]; }

 private:
  friend class TicketFields;
  explicit Routed(Call& call) : call_(&call) {}

  Call* call_;
};

}  // namespace postern::gate
