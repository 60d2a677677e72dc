#include "postern/gate/states/accepting.h"

#include "postern/gate/ending.h"
#include "postern/gate/forward_headers.h"
#include "postern/gate/ledger_rows.h"
#include "postern/gate/signed_query.h"
#include "postern/gate/states/claiming.h"
#include "postern/gate/states/owed.h"
#include "postern/gate/states/settling.h"
#include "postern/gate/ticket.h"

namespace postern::gate {
namespace {

constexpr Decision accepted_decision{.verdict = Verdict::accepted, .status = 200};

/// This delivery as a queue finds it again: verified and routed, and without what only the gate
/// needed of the request, such as a token of the sender.
Ticket stored_ticket(const Call& call) {
  Ticket stored = call;
  if (!call.facts.is_run) {
    stored.arrival.delivery.query = signed_query(call, &call.facts.seal);
  }
  stored.arrival.delivery.headers = stored_headers(call);
  stored.head = {.state = StateNumber::owed, .awaits = EffectKind::retry_later};
  stored.facts.is_run = true;
  stored.facts.run.source_name = call.source->policy->name;
  stored.facts.run.is_whole = false;
  stored.facts.grant.is_copy = false;
  return stored;
}

/// Borrows: from the call's arena, of which it takes no more than it needs.
Bytes encoded(const Call& call, Ticket& stored) {
  const std::size_t used = call.arena.bytes_used();
  const Bytes bytes = encode_ticket(stored, call.arena.make_bytes(ticket_bytes_max));
  call.arena.rewind(used + bytes.size());
  return bytes;
}

StepBytes enqueue_references(const Routed& routed) {
  Call& call = routed.call();
  const policy::Route& route = routed.route();

  const std::span<scheme::EventKey> keys = call.arena.make_array<scheme::EventKey>(route.to.size());
  for (std::size_t i = 0; i < keys.size(); ++i) {
    aim_at(i, route, *call.configuration.policy, call.facts.place);
    keys[i] = row_key(call.facts, call.facts.grant.is_copy);
  }
  return ask(call, Accepted{routed},
             contract::Enqueue{.kind = contract::Enqueue::Kind::references,
                               .shard = shard_name(call),
                               .keys = keys,
                               .whole = {}});
}

}  // namespace

StepBytes accept(const Routed& routed) {
  Call& call = routed.call();
  const policy::Route& route = routed.route();
  Ticket stored = stored_ticket(call);
  ledger::Operation operation = new_event_question(ledger::Verb::accept, routed);
  const bool may_be_copied = operation.copies_max != 0;
  const std::span<contract::AcceptEntry> entries =
      call.arena.make_array<contract::AcceptEntry>(route.to.size());
  for (std::size_t i = 0; i < entries.size(); ++i) {
    contract::AcceptEntry& entry = entries[i];
    aim_at(i, route, *call.configuration.policy, stored.facts.place);
    entry.key = row_key(stored.facts, false);
    entry.ticket = encoded(call, stored);
    entry.operation = encoded(call, operation);
    entry.has_copy = may_be_copied;
    if (may_be_copied) {
      stored.facts.grant.is_copy = true;
      operation.is_copy = true;
      entry.copy = {.key = row_key(stored.facts, true),
                    .ticket = encoded(call, stored),
                    .operation = encoded(call, operation)};
      stored.facts.grant.is_copy = false;
      operation.is_copy = false;
      operation.copies_max = UINT16_MAX;
    }
  }
  return ask(call, Accepting{routed},
             contract::Accept{.shard = shard_name(call), .entries = entries});
}

StepBytes Accepting::resume(Call& call, Report& report) const {
  const LedgerOutcome outcome = read_ledger_outcome(report.outcome);
  if (report.of != EffectKind::accept || outcome.is_malformed) {
    return {};
  }
  Facts& facts = call.facts;
  if (!outcome.reply.has_value()) {
    return facts.is_run ? retry_whole(call, Reason::ledger_unavailable)
                        : go_on_without_ledger(routed);
  }
  const ledger::Reply& reply = *outcome.reply;
  facts.grant.is_copy = reply.is_copy;
  if (reply.answer == ledger::Answer::accepted) {
    facts.grant.maybe_duplicate = reply.is_copy;
    return facts.is_run ? enqueue_references(routed)
                        : ask(call, Accepted{routed},
                              answer_of(call, accepted_decision, acknowledgement(call)));
  }
  if (!is_turned_down(reply)) {
    return {};
  }
  return facts.is_run ? end_taken(call, reply) : turn_down(call, reply);
}

StepBytes Accepted::resume(Call& call, Report& report) const {
  if (report.of == EffectKind::answer) {
    return enqueue_references(routed);
  }
  const std::uint8_t is_done = report.outcome.u8();
  if (report.of != EffectKind::enqueue || !report.outcome.finished() || is_done > 1) {
    return {};
  }
  // The store sends a reference of its own when this one is lost.
  return end_run(call, accepted_decision);
}

StepBytes entrust(const Routed& routed) {
  Call& call = routed.call();
  call.facts.grant.ledger_was_down = true;
  Ticket stored = stored_ticket(call);
  stored.facts.run.is_whole = true;
  return ask(call, Entrusting{routed},
             contract::Enqueue{.kind = contract::Enqueue::Kind::whole,
                               .shard = {},
                               .keys = {},
                               .whole = encoded(call, stored)});
}

StepBytes Entrusting::resume(Call& call, Report& report) const {
  const std::uint8_t is_done = report.outcome.u8();
  if (report.of != EffectKind::enqueue || !report.outcome.finished() || is_done > 1) {
    return {};
  }
  return end(call, is_done == 1 ? accepted_decision : refusal(Reason::ledger_unavailable));
}

}  // namespace postern::gate
