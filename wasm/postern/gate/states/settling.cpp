#include "postern/gate/states/settling.h"

#include <algorithm>

#include "postern/gate/ledger_rows.h"
#include "postern/gate/retry.h"
#include "postern/gate/ticket.h"

namespace postern::gate {
namespace {

/// The origin may have seen the event although no answer came.
bool is_unknown(Reason reason) {
  return reason == Reason::origin_timed_out || reason == Reason::origin_reset;
}

std::uint32_t random_of(const Token& token) {
  Reader reader(token);
  return reader.u32();
}

bool is_success(const Call& call) { return call.facts.decision.verdict == Verdict::forwarded; }

/// Success is told from any epoch, also when the claim could not be asked for: the origin has it.
/// Of a failure the ledger keeps only what a lease was granted for.
StepBytes tell_ledger(Call& call, ledger::Verb failure) {
  const Facts& facts = call.facts;
  const bool is_forwarded = is_success(call);
  ledger::Operation operation = operation_of(is_forwarded ? ledger::Verb::commit : failure);
  operation.owner = facts.is_run ? facts.run.owner : call.arrival.token;
  operation.retain_ms = call.source == nullptr ? 0 : call.source->policy->retain_ms;
  operation.epoch = facts.grant.epoch;
  operation.status = facts.decision.origin_status;
  operation.outcome =
      is_unknown(facts.decision.reason) ? ledger::Outcome::unknown : ledger::Outcome::known;
  operation.delay_ms = facts.run.delay_ms;
  operation.hint = facts.event.hint;
  const contract::Commit effect{.shard = shard_name(call),
                                .key = row_key(facts, facts.grant.is_copy),
                                .operation = encoded(call, operation)};
  // A release says the same of another effect.
  return ask(call, Settling{}, effect,
             {.kind = is_forwarded ? EffectKind::commit : EffectKind::release});
}

/// A message is given up only when the ledger has stored why.
StepBytes end_forwarding_run(Call& call, const std::optional<ledger::Reply>& reply) {
  Run& run = call.facts.run;
  const Decision& decision = call.facts.decision;
  if (is_success(call)) {
    return reply.has_value() ? end_run(call, decision)
                             : retry_later(call, decision, unreachable_delay_ms);
  }
  if (!run.is_last_attempt) {
    return retry_later(call, decision, run.delay_ms);
  }
  if (!reply.has_value() || reply->answer != ledger::Answer::done) {
    run.is_last_attempt = false;  // Another run has it, or will.
    return retry_later(call, decision, unreachable_delay_ms);
  }
  return finish_with(call, contract::DeadLetter{.record = bytes_of(record_of(call, decision))});
}

}  // namespace

StepBytes tell_sender(Call& call, const AnswerParts& parts) {
  return ask(call, Settling{}, answer_of(call, call.facts.decision, parts));
}

/// After a failed attempt: back to the ledger until its time has come, or to the dead ones.
StepBytes settle_run(Call& call) {
  Decision& decision = call.facts.decision;
  Run& run = call.facts.run;
  decision.status = decision.origin_status;
  if (is_success(call)) {
    return tell_ledger(call, ledger::Verb::commit);
  }
  const auto delay =
      next_delay_ms(schedule_of(call), {.number = run.attempts + 1U,
                                        .elapsed_ms = elapsed_ms(call),
                                        .retry_after_ms = 1000 * decision.retry_after_seconds,
                                        .random = random_of(run.owner)});
  run.is_last_attempt = !delay.has_value();
  run.delay_ms = delay.value_or(0);
  return tell_ledger(call, delay.has_value() ? ledger::Verb::fail : ledger::Verb::bury);
}

StepBytes Settling::resume(Call& call, Report& report) const {
  if (report.of == EffectKind::answer) {
    return tell_ledger(call, ledger::Verb::release);
  }
  const LedgerOutcome outcome = read_ledger_outcome(report.outcome);
  const EffectKind asked = is_success(call) ? EffectKind::commit : EffectKind::release;
  if (report.of != asked || outcome.is_malformed) {
    return {};
  }
  const bool is_lost = !outcome.reply.has_value();
  call.facts.commit_failed = is_lost && is_success(call);
  call.facts.release_failed = is_lost && !is_success(call);
  return call.facts.is_run ? end_forwarding_run(call, outcome.reply)
                           : end_run(call, call.facts.decision);
}

StepBytes end_run(Call& call, const Decision& decision) {
  return finish_with(call, contract::Finish{.record = bytes_of(record_of(call, decision))});
}

StepBytes retry_later(Call& call, const Decision& decision, std::uint64_t delay_ms) {
  std::uint32_t& delay = call.facts.run.delay_ms;
  delay = static_cast<std::uint32_t>(std::min<std::uint64_t>(delay_ms, policy::retry_delay_ms_max));
  return finish_with(
      call, contract::RetryLater{.delay_ms = delay, .record = bytes_of(record_of(call, decision))});
}

StepBytes fail_later(Call& call, Reason reason, std::uint64_t delay_ms) {
  return retry_later(call, {.verdict = Verdict::failed, .reason = reason}, delay_ms);
}

const policy::Retry& schedule_of(const Call& call) {
  const std::uint16_t route = call.facts.place.route;
  const bool has_route = call.source != nullptr && route < call.source->policy->routes.size() &&
                         call.source->policy->routes[route].retry.attempts != 0;
  return has_route ? call.source->policy->routes[route].retry : default_retry();
}

std::uint64_t elapsed_ms(const Call& call) {
  return call.now_ms - std::min(call.now_ms, call.arrival.delivery.received_ms);
}

}  // namespace postern::gate
