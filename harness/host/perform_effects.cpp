#include <algorithm>

#include "harness/contract/hosts.h"
#include "harness/host/cryptography.h"
#include "harness/host/effect_loop.h"

// What the module asks for, performed in the scripted world.

namespace postern::harness {
namespace {

std::string perform_checks(const CheckSignature& effect, const std::string& body) {
  std::vector<Checked> results;
  Messages messages(body);
  for (const SignatureCheck& check : effect.checks) {
    const Verified verified = verify_signature(check.algorithm, check.key_format, check.key,
                                               messages.of(check.content), check.signature);
    results.push_back(verified == Verified::valid     ? Checked::valid
                      : verified == Verified::invalid ? Checked::invalid
                                                      : Checked::unavailable);
  }
  return signatures_checked(results);
}

std::string perform_fetch(const FetchKey& fetch, const Script& script) {
  const auto found = script.fetch.find(fetch.url);
  if (found == script.fetch.end() || found->second.size() > fetch.bytes_max) {
    return key_fetched(std::nullopt);
  }
  return key_fetched(found->second);
}

LedgerFault fault_of(EffectKind kind, const LedgerFaults& faults) {
  switch (kind) {
    case EffectKind::claim:
      return faults.claim;
    case EffectKind::commit:
      return faults.commit;
    default:
      return faults.release;
  }
}

std::string reply_under(LedgerFault fault, const LedgerResult& result) {
  return ledger_replied(fault == LedgerFault::none ? std::optional(result.reply) : std::nullopt);
}

OriginTurn turn_of(const Script& script, std::size_t forwards) {
  if (script.origin.empty()) {
    return {};
  }
  return script.origin[std::min(forwards, script.origin.size() - 1)];
}

}  // namespace

std::optional<std::string> EffectLoop::perform(Passage& passage) {
  const std::string& body = passage.delivery.body;
  const Effect& effect = passage.step.effect;
  if (is_done_at_once(passage.step.kind)) {
    return std::string();
  }
  if (const auto* mac = std::get_if<Mac>(&effect)) {
    return host_.macs_.perform(*mac, body);
  }
  if (const auto* checks = std::get_if<CheckSignature>(&effect)) {
    return perform_checks(*checks, body);
  }
  if (const auto* fetch = std::get_if<FetchKey>(&effect)) {
    return perform_fetch(*fetch, script_);
  }
  if (const auto* limit = std::get_if<Limit>(&effect)) {
    return perform_limit(*limit);
  }
  if (const auto* operation = std::get_if<LedgerOperation>(&effect)) {
    return perform_ledger(passage, *operation);
  }
  if (const auto* accept = std::get_if<Accept>(&effect)) {
    return perform_accept(passage, *accept);
  }
  if (const auto* enqueue = std::get_if<Enqueue>(&effect)) {
    return perform_enqueue(passage, *enqueue);
  }
  if (const auto* forward = std::get_if<Forward>(&effect)) {
    start_forward(passage, *forward);
    return std::nullopt;
  }
  if (const auto* to_sender = std::get_if<Answer>(&effect)) {
    return answer(passage, *to_sender);
  }
  end(passage);
  return std::nullopt;
}

std::optional<std::string> EffectLoop::perform_ledger(Passage& passage,
                                                      const LedgerOperation& operation) {
  ++passage.outcome.ledger_calls;
  const LedgerFault fault = fault_of(passage.step.kind, script_.ledger);
  if (fault == LedgerFault::unavailable) {
    return ledger_replied(std::nullopt);
  }
  const LedgerResult result = host_.ledger_.apply(host_.engine_, operation, now_ms_);
  if (passage.step.kind != EffectKind::claim) {
    wake(operation);
  } else if (result.answer == LedgerAnswer::busy && operation.wait_ms > 0 &&
             fault == LedgerFault::none) {
    passage.waits = Waits::for_ledger;
    foresee(Happens::wait_is_over, passage.index,
            now_ms_ + std::min<std::uint64_t>(operation.wait_ms, result.wait_ms));
    return std::nullopt;
  }
  return reply_under(fault, result);
}

std::string EffectLoop::perform_accept(Passage& passage, const Accept& accept) {
  ++passage.outcome.ledger_calls;
  const LedgerFault fault = script_.ledger.accept;
  return fault == LedgerFault::unavailable
             ? ledger_replied(std::nullopt)
             : reply_under(fault, host_.ledger_.accept(host_.engine_, accept, passage.delivery.body,
                                                       now_ms_));
}

std::string EffectLoop::perform_enqueue(const Passage& passage, const Enqueue& enqueue) {
  const bool is_too_large = enqueue.whole.size() + passage.delivery.body.size() >
                            cloudflare_limits.queue_message_bytes_max;
  if (script_.queue == QueueFault::send_fails || (enqueue.keys.empty() && is_too_large)) {
    return enqueued(Enqueued::failed);
  }
  std::vector<Message> messages;
  for (const std::string& key : enqueue.keys) {
    messages.push_back({{enqueue.shard, key}, {}, nullptr});
  }
  if (messages.empty()) {
    messages.push_back(
        {{}, enqueue.whole, std::make_shared<const std::string>(passage.delivery.body)});
  }
  for (const Message& message : messages) {
    const int copies = script_.queue == QueueFault::lost      ? 0
                       : script_.queue == QueueFault::doubled ? 2
                                                              : 1;
    for (int copy = 0; copy < copies; ++copy) {
      send(message, now_ms_);
    }
  }
  return enqueued(Enqueued::done);
}

std::string EffectLoop::perform_limit(const Limit& limit) {
  switch (script_.limit) {
    case LimitScript::denied:
      return limited(Limited::denied);
    case LimitScript::unavailable:
      return limited(Limited::unavailable);
    case LimitScript::by_count:
      break;
  }
  return limited(host_.buckets_.take(limit, now_ms_));
}

void EffectLoop::start_forward(Passage& passage, const Forward& forward) {
  const OriginTurn turn = turn_of(script_, forwards_++);
  passage.outcome.forwards.push_back(forward);
  passage.waits = Waits::for_origin;
  const bool is_late = turn.kind == OriginTurn::Kind::hang || turn.delay_ms >= forward.timeout_ms;
  if (turn.kind == OriginTurn::Kind::refuse) {
    passage.forward_outcome = origin_failed(ForwardOutcome::refused);
  } else if (is_late) {
    passage.forward_outcome = origin_failed(ForwardOutcome::timed_out);
  } else if (turn.kind == OriginTurn::Kind::reset) {
    passage.forward_outcome = origin_failed(ForwardOutcome::reset);
  } else {
    OriginResponse response = turn.response;
    response.body.resize(std::min<std::size_t>(response.body.size(), forward.answer_bytes_max));
    passage.forward_outcome = origin_responded(response);
  }
  const std::uint64_t after_ms = turn.kind == OriginTurn::Kind::refuse ? 0
                                 : is_late                             ? forward.timeout_ms
                                                                       : turn.delay_ms;
  foresee(Happens::origin_answers, passage.index, now_ms_ + after_ms);
}

}  // namespace postern::harness
