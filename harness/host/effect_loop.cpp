#include "harness/host/effect_loop.h"

#include <algorithm>
#include <utility>

namespace postern::harness {
Played EffectLoop::play(const std::vector<Arrival>& arrivals) {
  for (Simulation::Waiting& waiting : std::exchange(host_.queue_, {})) {
    send(std::move(waiting.message), std::max(now_ms_, waiting.due_ms));
  }
  for (const Arrival& arrival : arrivals) {
    Passage& passage = add_passage(arrival.delivery, arrival.token);
    begin(passage);
    advance(passage);
    advance_ready();
  }
  while (pass_time()) {
    advance_ready();
  }
  Played played{
      .outcomes = {}, .runs = {}, .sweeps = std::move(sweeps_), .is_cut_off = is_cut_off_};
  for (Passage& passage : passages_) {
    if (passage.message.has_value()) {
      played.runs.push_back({std::move(passage.token), std::move(passage.outcome)});
    } else {
      played.outcomes.push_back(std::move(passage.outcome));
    }
  }
  return played;
}

EffectLoop::Passage& EffectLoop::add_passage(Delivery delivery, std::string token) {
  Passage& passage = passages_.emplace_back();
  passage.index = passages_.size() - 1;
  passage.delivery = std::move(delivery);
  passage.token = std::move(token);
  return passage;
}

void EffectLoop::begin(Passage& passage) {
  const Delivery& delivery = passage.delivery;
  const std::uint64_t most = host_.body_bytes_max(delivery.path);
  const bool is_known = most > 0;
  const bool is_over = is_known && delivery.body.size() > most;
  const bool is_inline =
      is_known && !is_over && delivery.body.size() <= host_.configured_.mac_inline_bytes_max;
  const std::string frame = encode_begin({
      .now_ms = now_ms_,
      .token = passage.token,
      .delivery = delivery,
      .body_size = is_over ? BodySize::over_limit : BodySize::within_limit,
      .body_bytes = is_known ? delivery.body.size() : 0,
      .body = is_inline ? std::optional<std::string_view>(delivery.body) : std::nullopt,
  });
  take(passage, host_.engine_.begin(frame));
}

/// A message for which nothing is owed is done with.
void EffectLoop::begin_run(const Message& message) {
  const MemoryLedger::Parcel* parcel = host_.ledger_.find_parcel(message.place);
  if (!message.is_whole() && parcel == nullptr) {
    return;
  }
  if (runs_ == runs_max) {
    is_cut_off_ = true;
    return;
  }
  ++runs_;
  Passage& passage = add_passage({}, host_.next_run_token());
  passage.message = message;
  passage.delivery.body = message.is_whole() ? *message.body : *parcel->body;
  passage.step.kind = EffectKind::retry_later;
  passage.step.ticket = message.is_whole() ? message.ticket : parcel->ticket;
  resume(passage, passage.token);
  advance(passage);
}

void EffectLoop::resume(Passage& passage, const std::string& outcome) {
  const Step& step = passage.step;
  const std::string frame = encode_resume({
      .now_ms = now_ms_,
      .ticket = step.ticket,
      .body =
          step.wants_body ? std::optional<std::string_view>(passage.delivery.body) : std::nullopt,
      .answered = step.kind,
      .outcome = outcome,
  });
  take(passage, host_.engine_.resume(frame));
}

void EffectLoop::take(Passage& passage, std::string frame) {
  if (passage.outcome.trace.size() == effects_max) {
    malformed_answer("a delivery asked for more effects than any way through the gate has");
  }
  passage.step = decode_step(frame);
  passage.outcome.trace.push_back(std::move(frame));
  passage.waits = Waits::no;
}

/// As far as it goes without waiting.
void EffectLoop::advance(Passage& passage) {
  while (passage.waits == Waits::no) {
    if (const std::optional<std::string> outcome = perform(passage)) {
      resume(passage, *outcome);
    }
  }
}

std::optional<std::string> EffectLoop::answer(Passage& passage, const Answer& answer) {
  if (passage.outcome.answer.has_value() || passage.message.has_value()) {
    malformed_answer("the module answered twice, or where nobody waits");
  }
  passage.outcome.answer = answer;
  if (!answer.is_final) {
    return std::string();
  }
  passage.outcome.record = answer.record;
  passage.waits = Waits::ended;
  return std::nullopt;
}

void EffectLoop::end(Passage& passage) {
  passage.waits = Waits::ended;
  Outcome& outcome = passage.outcome;
  if (const auto* finish = std::get_if<Finish>(&passage.step.effect)) {
    outcome.record = finish->record;
    return;
  }
  if (!passage.message.has_value()) {
    malformed_answer("the module ended a delivery as if it were a run of the queue");
  }
  if (const auto* dead = std::get_if<DeadLetter>(&passage.step.effect)) {
    outcome.record = dead->record;
    return;
  }
  const RetryLater& retry = std::get<RetryLater>(passage.step.effect);
  outcome.record = retry.record;
  outcome.comes_again_ms = retry.delay_ms;
  send(*passage.message, now_ms_ + retry.delay_ms);
}

/// The claims that a commit or release may have freed ask again, in the order they came.
void EffectLoop::wake(const LedgerOperation& operation) {
  for (const Passage& passage : passages_) {
    const auto* held = std::get_if<LedgerOperation>(&passage.step.effect);
    if (passage.waits == Waits::for_ledger && held->shard == operation.shard &&
        (held->key == operation.key ||
         (held->copy.has_value() && held->copy->key == operation.key))) {
      ready_.push_back(passage.index);
    }
  }
}

void EffectLoop::advance_ready() {
  while (!ready_.empty()) {
    Passage& passage = passages_[ready_.front()];
    ready_.pop_front();
    if (passage.waits == Waits::for_ledger) {
      ask_again(passage, AfterBusy::hold_on);
    }
  }
}

void EffectLoop::ask_again(Passage& passage, AfterBusy after_busy) {
  const LedgerResult result =
      host_.ledger_.apply(host_.engine_, std::get<LedgerOperation>(passage.step.effect), now_ms_);
  if (result.answer == LedgerAnswer::busy && after_busy == AfterBusy::hold_on) {
    return;
  }
  resume(passage, ledger_replied(result.reply));
  advance(passage);
}

/// A message whose time is behind the end of this `play` waits for a later one.
void EffectLoop::send(Message message, std::uint64_t due_ms) {
  if (due_ms > until_ms_) {
    host_.queue_.push_back({due_ms, std::move(message)});
    return;
  }
  messages_.push_back(std::move(message));
  foresee(Happens::message_comes, messages_.size() - 1, due_ms);
}

void EffectLoop::foresee(Happens what, std::size_t index, std::uint64_t at_ms) {
  events_.push({at_ms, sequence_++, what, index});
}

/// One thing happens: the next event, or a sweep of the store that comes before it. False when
/// nothing does any more.
bool EffectLoop::pass_time() {
  const std::optional<std::uint64_t> sweep_ms = host_.ledger_.next_sweep_ms();
  const bool may_sweep = sweep_ms.has_value() && *sweep_ms <= until_ms_ && !is_cut_off_;
  if (!events_.empty() && (!may_sweep || events_.top().at_ms <= std::max(*sweep_ms, now_ms_))) {
    const Event event = events_.top();
    events_.pop();
    happen(event);
    return true;
  }
  if (may_sweep) {
    sweep(std::max(*sweep_ms, now_ms_));
  }
  return may_sweep;
}

void EffectLoop::happen(const Event& event) {
  if (event.what == Happens::message_comes) {
    now_ms_ = event.at_ms;
    begin_run(messages_[event.index]);
    return;
  }
  Passage& passage = passages_[event.index];
  if (event.what == Happens::wait_is_over && passage.waits != Waits::for_ledger) {
    return;  // It has had its answer already.
  }
  now_ms_ = event.at_ms;
  if (event.what == Happens::wait_is_over) {
    ask_again(passage, AfterBusy::give_up);
    return;
  }
  resume(passage, passage.forward_outcome);
  advance(passage);
}

void EffectLoop::sweep(std::uint64_t at_ms) {
  now_ms_ = at_ms;
  for (const LedgerPlace& place : host_.ledger_.sweep(at_ms)) {
    sweeps_.push_back({at_ms, place.shard});
    send({place, {}, nullptr}, at_ms);
  }
}

}  // namespace postern::harness
