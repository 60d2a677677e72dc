#include "postern/gate/permit.h"

#include <algorithm>

#include "postern/gate/ending.h"

namespace postern::gate {

std::optional<Granted> Granted::make(const Routed& routed, const ledger::Reply& reply) {
  if (reply.answer != ledger::Answer::granted) {
    return std::nullopt;
  }
  Grant& grant = routed.call().facts.grant;
  grant.epoch = reply.epoch;
  grant.maybe_duplicate = reply.maybe_duplicate;
  return Granted(routed);
}

std::optional<Unclaimed> Unclaimed::make(const Routed& routed) {
  const policy::Source& source = routed.source();
  const bool is_open = source.on_ledger_down == policy::LedgerDown::open &&
                       routed.route().deliver == policy::Deliver::proxy;
  const bool has_identity = source.identity_choice != policy::IdentityChoice::none;
  if (has_identity && !is_open) {
    return std::nullopt;
  }
  Grant& grant = routed.call().facts.grant;
  grant.maybe_duplicate = true;
  grant.ledger_was_down = has_identity;
  return Unclaimed(routed);
}

/// Handshakes, and what was queued although the ledger is down, have been taken care of.
std::optional<Observed> Observed::make(Call& call, const Decision& decision) {
  const LiveSource& source = *call.source;
  const auto routes = source.policy->routes;
  const auto route = std::ranges::find(routes, policy::RouteKind::forward, &policy::Route::kind);
  if (source.policy->mode != policy::Mode::observe || !is_delivery_method(call) ||
      decision.verdict == Verdict::accepted || source.problem == SourceProblem::bad_destination ||
      route == routes.end()) {
    return std::nullopt;
  }
  call.facts.decision = decision;
  call.facts.decision.retry_after_seconds = 0;
  call.facts.place.route = static_cast<std::uint16_t>(route - routes.begin());
  call.facts.place.destination = 0;
  return Observed();
}

}  // namespace postern::gate
