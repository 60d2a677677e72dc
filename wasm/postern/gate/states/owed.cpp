#include "postern/gate/states/owed.h"

#include <algorithm>

#include "postern/gate/ledger_rows.h"
#include "postern/gate/permit.h"
#include "postern/gate/route.h"
#include "postern/gate/states/accepting.h"
#include "postern/gate/states/claiming.h"
#include "postern/gate/states/forwarding.h"
#include "postern/gate/states/settling.h"
#include "postern/gate/ticket.h"
#include "postern/scheme/reading.h"

namespace postern::gate {
namespace {

/// The lease of an event whose source is gone: it only has to be told so.
constexpr std::uint32_t stray_lease_ms = 10'000;

/// The source of the run's name, in the policy of today.
void find_source(Call& call) {
  const auto sources = call.configuration.sources;
  call.source = nullptr;
  call.arrival.source_number = no_number;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    if (sources[i].policy->name == call.facts.run.source_name) {
      call.source = &sources[i];
      call.arrival.source_number = static_cast<std::uint16_t>(i);
    }
  }
}

StepBytes take(Call& call, const scheme::Event& event) {
  Facts& facts = call.facts;
  facts.grant.asked_at_ms = call.now_ms;
  ledger::Operation operation = operation_of(ledger::Verb::take);
  operation.owner = facts.run.owner;
  operation.lease_ms = call.source == nullptr ? stray_lease_ms : call.source->policy->lease_ms;
  return ask(call, Taking{event}, claim_of(call, operation));
}

StepBytes start_run(Call& call, const scheme::Event& event) {
  if (!call.facts.run.is_whole) {
    return take(call, event);
  }
  const auto routed = Routed::make(call, event, call.facts.place);
  return routed.has_value() ? accept(*routed) : retry_whole(call, Reason::no_route);
}

/// Under another policy than the one that accepted it, a delivery goes where this one says. One of
/// several destinations is never taken for another: that one has a row of its own.
StepBytes route_again(Call& call, const scheme::Event& event) {
  scheme::Reading reading(call.arrival.delivery, call.arena);
  Place& place = call.facts.place;
  place.route = route_of(*call.source->policy, event, reading).value_or(no_number);
  const auto routes = call.source->policy->routes;
  // None of a route that answers, too.
  const auto to =
      place.route < routes.size() ? routes[place.route].to : std::span<const policy::Destination>{};
  const auto found = std::ranges::find_if(to, [&](const policy::Destination& destination) {
    return id_of(destination, *call.configuration.policy) == place.destination_id;
  });
  const bool is_renamed = place.is_only_destination && to.size() == 1;  // It has a new address.
  if (found != to.end()) {
    place.destination = static_cast<std::uint8_t>(found - to.begin());
  } else if (to.empty() || !(call.facts.run.is_whole || is_renamed)) {
    place.route = no_number;
  }
  return start_run(call, event);
}

/// The run has its lease, but nothing can go on.
StepBytes fail_run(Call& call, Reason reason) {
  call.facts.decision = {.verdict = Verdict::failed, .reason = reason};
  return settle_run(call);
}

StepBytes on_granted(Call& call, const scheme::Event& event, const ledger::Reply& reply) {
  Grant& grant = call.facts.grant;
  grant.epoch = reply.epoch;
  grant.maybe_duplicate = reply.maybe_duplicate;
  call.facts.run.attempts = reply.attempts;
  // Runs that took the event and never told what came of it have used up its schedule.
  if (reply.attempts >= schedule_of(call).attempts) {
    return fail_run(call, Reason::attempts_over);
  }
  const auto routed = Routed::make(call, event, call.facts.place);
  if (!routed.has_value()) {
    return fail_run(call, Reason::no_route);
  }
  const SourceProblem problem = call.source->problem;
  if (problem != SourceProblem::none && problem != SourceProblem::bad_secret) {
    return fail_run(call, Reason::source_unavailable);
  }
  const auto granted = Granted::make(*routed, reply);
  return granted.has_value() ? forward(call, *granted) : StepBytes{};
}

}  // namespace

StepBytes Owed::resume(Call& call, Report& report) const {
  const Bytes owner = report.outcome.raw(token_bytes);
  if (report.of != EffectKind::retry_later || !report.outcome.finished()) {
    return {};
  }
  std::ranges::copy(owner, call.facts.run.owner.begin());
  const bool is_same_policy = call.arrival.policy_id == call.configuration.policy_id;
  call.arrival.policy_id = call.configuration.policy_id;
  find_source(call);
  if (is_same_policy) {
    return Routed::make(call, event, call.facts.place).has_value() ? start_run(call, event)
                                                                   : StepBytes{};
  }
  if (call.source == nullptr) {
    call.facts.place.route = no_number;
    return start_run(call, event);
  }
  return routes_read_body(*call.source->policy) && !call.arrival.delivery.body_is_here
             ? ask(call, Rerouting{event}, contract::SupplyBody{}, {.body_need = BodyNeed::next})
             : route_again(call, event);
}

StepBytes Rerouting::resume(Call& call, Report& report) const {
  return report.of == EffectKind::supply_body ? route_again(call, event) : StepBytes{};
}

StepBytes Taking::resume(Call& call, Report& report) const {
  const LedgerOutcome outcome = read_ledger_outcome(report.outcome);
  if (report.of != EffectKind::claim || outcome.is_malformed) {
    return {};
  }
  if (!outcome.reply.has_value()) {
    return fail_later(call, Reason::ledger_unavailable, unreachable_delay_ms);
  }
  switch (outcome.reply->answer) {
    case ledger::Answer::granted:
      return on_granted(call, event, *outcome.reply);
    case ledger::Answer::busy:
    case ledger::Answer::duplicate:
    case ledger::Answer::ignored:
      return end_taken(call, *outcome.reply);
    default:
      return {};
  }
}

StepBytes end_taken(Call& call, const ledger::Reply& reply) {
  const Decision decision = decision_of(reply);
  call.facts.grant.is_copy = call.facts.grant.is_copy || reply.is_copy;
  return decision.verdict == Verdict::busy ? retry_later(call, decision, reply.wait_ms)
                                           : end_run(call, decision);
}

StepBytes retry_whole(Call& call, Reason reason) {
  return fail_later(call, reason,
                    std::max<std::uint64_t>(unreachable_delay_ms, elapsed_ms(call) / 8));
}

}  // namespace postern::gate
