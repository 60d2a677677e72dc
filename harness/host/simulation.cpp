#include "harness/host/simulation.h"

#include <algorithm>
#include <limits>
#include <queue>

#include "harness/host/cryptography.h"

namespace postern::harness {
namespace {

/// `ledger::Answer::busy`, as docs/ABI.md numbers it.
constexpr std::uint8_t answer_busy = 2;

std::string message_of(const std::vector<MessagePart>& parts, const std::string& body) {
  std::string message;
  for (const MessagePart& part : parts) {
    message += part.is_body ? body : part.bytes;
  }
  return message;
}

std::string perform_checks(const CheckSignature& effect, const std::string& body) {
  std::vector<Checked> results;
  for (const SignatureCheck& check : effect.checks) {
    const Verified verified = verify_signature(static_cast<Curve>(check.algorithm),
                                               static_cast<KeyFormat>(check.key_format), check.key,
                                               message_of(check.parts, body), check.signature);
    results.push_back(verified == Verified::valid     ? Checked::valid
                      : verified == Verified::invalid ? Checked::invalid
                                                      : Checked::unavailable);
  }
  return signatures_checked(results);
}

std::string perform_fetch(const FetchKey& fetch, const World& world) {
  const auto found = world.fetch.find(fetch.url);
  if (found == world.fetch.end() || found->second.size() > fetch.bytes_max) {
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

OriginTurn turn_of(const World& world, std::size_t forwards) {
  if (world.origin.empty()) {
    return {};
  }
  return world.origin[std::min(forwards, world.origin.size() - 1)];
}

}  // namespace

Simulation::Simulation(Engine& engine, std::string_view policy,
                       const std::vector<std::string>& settings)
    : engine_(engine),
      configured_(decode_configured(engine.configure(encode_configure(policy, settings)))) {
  for (const Configured::Key& key : configured_.keys) {
    keys_.emplace(std::pair(key.slot, key.key_index), key);
  }
}

std::uint64_t Simulation::body_bytes_max(const std::string& path) const {
  const auto found = std::ranges::find(configured_.paths, path, &Configured::Path::path);
  // A path that nobody owns is answered without its body.
  return found == configured_.paths.end() ? 0 : found->body_bytes_max;
}

std::string Simulation::perform_mac(const Mac& mac, const std::string& body) const {
  std::vector<std::string> results;
  for (const MacRequest& request : mac.requests) {
    const std::string message = message_of(request.parts, body);
    std::optional<std::string> result;
    if (request.slot == MacRequest::no_slot) {
      result = digest(static_cast<Hash>(request.hash), message);
    } else if (const auto key = keys_.find({request.slot, request.key_index});
               key != keys_.end() && key->second.hash == request.hash) {
      result = hmac(static_cast<Hash>(request.hash), key->second.bytes, message);
    }
    if (!result.has_value()) {
      throw MalformedAnswer("the module asked for a MAC with a key or hash that it never named");
    }
    results.push_back(std::move(*result));
  }
  return mac_done(results);
}

/// The deliveries of one call of `deliver`, and what they wait for.
class Simulation::Flight {
 public:
  Flight(Simulation& host, const std::vector<Arrival>& arrivals, std::uint64_t now_ms,
         const World& world)
      : host_(host), world_(world), now_ms_(now_ms) {
    for (const Arrival& arrival : arrivals) {
      runs_.push_back({.delivery = arrival.delivery, .token = arrival.token});
    }
  }

  std::vector<Outcome> fly() {
    for (Run& run : runs_) {
      begin(run);
      advance(run);
      advance_ready();
    }
    while (!events_.empty()) {
      const Event event = events_.top();
      events_.pop();
      happen(event);
      advance_ready();
    }
    std::vector<Outcome> outcomes;
    for (Run& run : runs_) {
      outcomes.push_back(std::move(run.outcome));
    }
    return outcomes;
  }

 private:
  enum class Waits : std::uint8_t { no, for_origin, for_ledger, ended };

  struct Run {
    Delivery delivery;
    std::string token;
    Step step = {};
    Waits waits = Waits::no;
    std::string forward_outcome = {};
    Outcome outcome = {};
  };

  struct Event {
    std::uint64_t at_ms;
    std::uint64_t sequence;  // Events of the same time happen in the order they were foreseen.
    std::size_t run;
    Waits what;
    bool operator>(const Event& other) const {
      return std::pair(at_ms, sequence) > std::pair(other.at_ms, other.sequence);
    }
  };

  void begin(Run& run) {
    const std::uint64_t most = host_.body_bytes_max(run.delivery.path);
    const bool is_known = most > 0;
    const bool is_over = is_known && run.delivery.body.size() > most;
    const bool is_inline =
        is_known && !is_over && run.delivery.body.size() <= host_.configured_.mac_inline_bytes_max;
    const std::string frame = encode_begin({
        .now_ms = now_ms_,
        .token = run.token,
        .delivery = run.delivery,
        .body_size = is_over ? BodySize::over_limit : BodySize::within_limit,
        .body_bytes = is_known ? run.delivery.body.size() : 0,
        .body = is_inline ? std::optional<std::string_view>(run.delivery.body) : std::nullopt,
    });
    take(run, host_.engine_.begin(frame));
  }

  void resume(Run& run, const std::string& outcome) {
    const std::string frame = encode_resume({
        .now_ms = now_ms_,
        .ticket = run.step.ticket,
        .body =
            run.step.wants_body ? std::optional<std::string_view>(run.delivery.body) : std::nullopt,
        .answered = run.step.kind,
        .outcome = outcome,
    });
    take(run, host_.engine_.resume(frame));
  }

  static void take(Run& run, std::string frame) {
    if (run.outcome.trace.size() == effects_max) {
      throw MalformedAnswer("a delivery asked for more effects than any way through the gate has");
    }
    run.step = decode_step(frame);
    run.outcome.trace.push_back(std::move(frame));
    run.waits = Waits::no;
  }

  /// As far as the delivery goes without waiting.
  void advance(Run& run) {
    while (run.waits == Waits::no) {
      if (const std::optional<std::string> outcome = perform(run)) {
        resume(run, *outcome);
      }
    }
  }

  /// Nothing when the delivery now waits, or has ended.
  std::optional<std::string> perform(Run& run) {
    const std::string& body = run.delivery.body;
    if (std::holds_alternative<SupplyBody>(run.step.effect)) {
      return std::string();
    }
    if (const auto* mac = std::get_if<Mac>(&run.step.effect)) {
      return host_.perform_mac(*mac, body);
    }
    if (const auto* checks = std::get_if<CheckSignature>(&run.step.effect)) {
      return perform_checks(*checks, body);
    }
    if (const auto* fetch = std::get_if<FetchKey>(&run.step.effect)) {
      return perform_fetch(*fetch, world_);
    }
    if (const auto* operation = std::get_if<LedgerOperation>(&run.step.effect)) {
      ++run.outcome.ledger_calls;
      return perform_ledger(run, *operation);
    }
    if (const auto* forward = std::get_if<Forward>(&run.step.effect)) {
      start_forward(run, *forward);
      return std::nullopt;
    }
    return end_or_answer(run);
  }

  std::optional<std::string> end_or_answer(Run& run) {
    if (const auto* finish = std::get_if<Finish>(&run.step.effect)) {
      run.outcome.record = finish->record;
      run.waits = Waits::ended;
      return std::nullopt;
    }
    const Answer& answer = std::get<Answer>(run.step.effect);
    if (run.outcome.answer.has_value()) {
      throw MalformedAnswer("the module answered one delivery twice");
    }
    run.outcome.answer = answer;
    if (!answer.is_final) {
      return std::string();
    }
    run.outcome.record = answer.record;
    run.waits = Waits::ended;
    return std::nullopt;
  }

  std::optional<std::string> perform_ledger(Run& run, const LedgerOperation& operation) {
    const LedgerFault fault = fault_of(run.step.kind, world_.ledger);
    if (fault == LedgerFault::unavailable) {
      return ledger_replied(std::nullopt);
    }
    const LedgerResult result = host_.ledger_.apply(host_.engine_, operation, now_ms_);
    if (run.step.kind != EffectKind::claim) {
      wake(operation);
    } else if (result.answer == answer_busy && operation.wait_ms > 0 &&
               fault == LedgerFault::none) {
      run.waits = Waits::for_ledger;
      foresee(run, std::min<std::uint64_t>(operation.wait_ms, result.wait_ms));
      return std::nullopt;
    }
    return ledger_replied(fault == LedgerFault::none ? std::optional(result.reply) : std::nullopt);
  }

  /// The claims that a commit or release may have freed ask again, in the order they came.
  void wake(const LedgerOperation& operation) {
    for (Run& run : runs_) {
      const auto* held = std::get_if<LedgerOperation>(&run.step.effect);
      if (run.waits == Waits::for_ledger && held->shard == operation.shard &&
          held->key == operation.key) {
        ready_.push_back(&run);
      }
    }
  }

  void advance_ready() {
    while (!ready_.empty()) {
      Run& run = *ready_.front();
      ready_.pop_front();
      if (run.waits == Waits::for_ledger) {
        ask_again(run, AfterBusy::hold_on);
      }
    }
  }

  enum class AfterBusy : std::uint8_t { hold_on, give_up };

  void ask_again(Run& run, AfterBusy after_busy) {
    const LedgerResult result =
        host_.ledger_.apply(host_.engine_, std::get<LedgerOperation>(run.step.effect), now_ms_);
    if (result.answer == answer_busy && after_busy == AfterBusy::hold_on) {
      return;
    }
    resume(run, ledger_replied(result.reply));
    advance(run);
  }

  void start_forward(Run& run, const Forward& forward) {
    const OriginTurn turn = turn_of(world_, forwards_++);
    run.outcome.forwards.push_back(forward);
    run.waits = Waits::for_origin;
    const bool is_late = turn.kind == OriginTurn::Kind::hang || turn.delay_ms >= forward.timeout_ms;
    if (turn.kind == OriginTurn::Kind::refuse) {
      run.forward_outcome = origin_failed(ForwardOutcome::refused);
    } else if (is_late) {
      run.forward_outcome = origin_failed(ForwardOutcome::timed_out);
    } else if (turn.kind == OriginTurn::Kind::reset) {
      run.forward_outcome = origin_failed(ForwardOutcome::reset);
    } else {
      OriginResponse response = turn.response;
      response.body.resize(std::min<std::size_t>(response.body.size(), forward.answer_bytes_max));
      run.forward_outcome = origin_responded(response);
    }
    foresee(run, turn.kind == OriginTurn::Kind::refuse ? 0
                 : is_late                             ? forward.timeout_ms
                                                       : turn.delay_ms);
  }

  void foresee(Run& run, std::uint64_t in_ms) {
    const auto index = static_cast<std::size_t>(&run - runs_.data());
    events_.push({now_ms_ + in_ms, sequence_++, index, run.waits});
  }

  void happen(const Event& event) {
    Run& run = runs_[event.run];
    if (run.waits != event.what) {
      return;  // A held claim that got its answer before its time was over.
    }
    now_ms_ = event.at_ms;
    if (event.what == Waits::for_ledger) {
      ask_again(run, AfterBusy::give_up);
      return;
    }
    resume(run, run.forward_outcome);
    advance(run);
  }

  Simulation& host_;
  const World& world_;
  std::uint64_t now_ms_;
  std::vector<Run> runs_;
  std::deque<Run*> ready_;
  std::priority_queue<Event, std::vector<Event>, std::greater<>> events_;
  std::uint64_t sequence_ = 0;
  std::size_t forwards_ = 0;
};

std::vector<Outcome> Simulation::deliver(const std::vector<Arrival>& arrivals, std::uint64_t now_ms,
                                         const World& world) {
  return Flight(*this, arrivals, now_ms, world).fly();
}

}  // namespace postern::harness
