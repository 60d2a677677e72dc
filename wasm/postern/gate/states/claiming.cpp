#include "postern/gate/states/claiming.h"

#include "postern/base/check.h"
#include "postern/gate/ending.h"
#include "postern/gate/ledger_rows.h"
#include "postern/gate/rate_limit.h"
#include "postern/gate/ticket.h"

namespace postern::gate {
namespace {

StepBytes claim(const Routed& routed) {
  Call& call = routed.call();
  const policy::Source& source = routed.source();
  call.facts.grant.asked_at_ms = call.now_ms;
  ledger::Operation operation = new_event_question(ledger::Verb::claim, routed);
  operation.owner = call.arrival.token;
  operation.lease_ms = source.lease_ms;
  contract::Claim effect = claim_of(call, operation);
  effect.wait_ms = source.busy_wait_ms;
  return ask(call, Claiming{routed}, effect);
}

StepBytes take_in(const Routed& routed) {
  if (routed.source().identity_choice == policy::IdentityChoice::none) {
    const auto unclaimed = Unclaimed::make(routed);
    POSTERN_CHECK(unclaimed.has_value());
    return forward(routed.call(), *unclaimed);
  }
  return routed.route().deliver == policy::Deliver::queue ? accept(routed) : claim(routed);
}

}  // namespace

StepBytes admit(const Routed& routed) {
  return routed.source().rate_limit.by == policy::LimitBy::source
             ? ask(routed.call(), Admitting{routed}, limit_of(routed.call()))
             : take_in(routed);
}

StepBytes Admitting::resume(Call& call, Report& report) const {
  const Counted counted = read_limit(call, report);
  if (counted == Counted::malformed) {
    return {};
  }
  return counted == Counted::denied ? end(call, rate_refusal(call)) : take_in(routed);
}

StepBytes Claiming::resume(Call& call, Report& report) const {
  const LedgerOutcome outcome = read_ledger_outcome(report.outcome);
  if (report.of != EffectKind::claim || outcome.is_malformed) {
    return {};
  }
  if (!outcome.reply.has_value()) {
    return go_on_without_ledger(routed);
  }
  call.facts.grant.is_copy = outcome.reply->is_copy;
  const auto granted = Granted::make(routed, *outcome.reply);
  if (granted.has_value()) {
    return forward(call, *granted);
  }
  return is_turned_down(*outcome.reply) ? turn_down(call, *outcome.reply) : StepBytes{};
}

Decision decision_of(const ledger::Reply& reply) {
  Decision decision{.verdict = Verdict::duplicate};
  if (reply.answer == ledger::Answer::busy) {
    decision.verdict = Verdict::busy;
    decision.reason = Reason::lease_held;
  } else if (reply.answer == ledger::Answer::limited) {
    decision.verdict = Verdict::busy;
    decision.reason = Reason::too_many_copies;
  } else if (reply.answer == ledger::Answer::elsewhere) {
    decision.verdict = Verdict::refused;
    decision.reason = Reason::same_content;
  }
  decision.origin_status = reply.status;
  return decision;
}

bool is_turned_down(const ledger::Reply& reply) {
  return reply.answer == ledger::Answer::duplicate || decision_of(reply).reason != Reason::none;
}

StepBytes turn_down(Call& call, const ledger::Reply& reply) {
  Decision decision = decision_of(reply);
  decision.status = status_of(decision.reason);
  if (decision.verdict == Verdict::busy) {
    decision.retry_after_seconds = retry_after_ms(reply.wait_ms);
  }
  return end(call, decision);
}

StepBytes go_on_without_ledger(const Routed& routed) {
  if (routed.source().on_ledger_down == policy::LedgerDown::queue) {
    return entrust(routed);
  }
  const auto unclaimed = Unclaimed::make(routed);
  return unclaimed.has_value() ? forward(routed.call(), *unclaimed)
                               : refuse(routed.call(), Reason::ledger_unavailable);
}

}  // namespace postern::gate
