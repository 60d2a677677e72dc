#include "fuzz/deep_play.h"

#include <algorithm>
#include <map>
#include <optional>
#include <stdexcept>

#include "harness/host/frames.h"
#include "harness/host/macs.h"
#include "postern/base/arena.h"
#include "postern/policy/policy_codec.h"

namespace postern::fuzz {
namespace {

using harness::EffectKind;

/// The longest way through the gate is a third of this.
constexpr std::size_t steps_max = 64;

/// One delivery's way through one engine.
class Player {
 public:
  Player(harness::Engine& engine, const harness::Configured& configured,
         const DeepDelivery& delivery, Dice dice)
      : engine_(engine),
        configured_(configured),
        macs_(configured.keys),
        delivery_(delivery.delivery()),
        is_genuine_(delivery.is_genuine()),
        dice_(dice) {}

  std::vector<std::string> play() {
    const bool is_inline = delivery_.body.size() <= configured_.mac_inline_bytes_max;
    go_on(engine_.begin(harness::encode_begin({
        .now_ms = deep_now_ms,
        .token = std::string(16, 'T'),
        .delivery = delivery_,
        .body_size = harness::BodySize::within_limit,
        .body_bytes = delivery_.body.size(),
        .body = is_inline ? std::optional<std::string_view>(delivery_.body) : std::nullopt,
    })));
    if (!stored_ticket_.empty()) {
      harness::Step step{.kind = EffectKind::retry_later,
                         .wants_body = false,
                         .ticket = std::exchange(stored_ticket_, {}),
                         .effect = {}};
      go_on(resume(step, std::string(16, 'R')));
    }
    return std::move(steps_);
  }

 private:
  void go_on(std::string frame) {
    for (;;) {
      if (frame.empty()) {
        throw harness::MalformedAnswer(told_so_far() + "the gate refuses a frame");
      }
      const harness::Step step = harness::decode_step(frame);
      steps_.push_back(std::move(frame));
      if (steps_.size() > steps_max) {
        throw harness::MalformedAnswer("a delivery does not end");
      }
      const auto* answer = std::get_if<harness::Answer>(&step.effect);
      if ((answer != nullptr && answer->is_final) || step.kind == EffectKind::finish ||
          step.kind == EffectKind::retry_later || step.kind == EffectKind::dead_letter) {
        return;
      }
      frame = resume(step, outcome_of(step));
    }
  }

  /// The effects up to here, by number.
  std::string told_so_far() const {
    std::string told;
    for (const std::string& step : steps_) {
      told += std::to_string(static_cast<int>(harness::decode_step(step).kind)) + " ";
    }
    return told;
  }

  std::string resume(const harness::Step& step, const std::string& outcome) {
    return engine_.resume(harness::encode_resume({
        .now_ms = deep_now_ms,
        .ticket = step.ticket,
        .body = step.wants_body ? std::optional<std::string_view>(delivery_.body) : std::nullopt,
        .answered = step.kind,
        .outcome = outcome,
    }));
  }

  std::string outcome_of(const harness::Step& step) {
    switch (step.kind) {
      case EffectKind::mac:
        return dice_.chance(5) ? harness::mac_unavailable()
                               : macs_.perform(std::get<harness::Mac>(step.effect), delivery_.body);
      case EffectKind::check_signature:
        return checked(std::get<harness::CheckSignature>(step.effect).checks.size());
      case EffectKind::fetch_key:
        return harness::key_fetched(dice_.chance(50)
                                        ? std::optional(std::string(dice_.edge(0, 65536), 'c'))
                                        : std::nullopt);
      case EffectKind::limit:
        return harness::limited(static_cast<harness::Limited>(dice_.below(3)));
      case EffectKind::claim:
      case EffectKind::commit:
      case EffectKind::release: {
        const auto& operation = std::get<harness::LedgerOperation>(step.effect);
        return reply_to({.key = operation.key, .ticket = {}, .operation = operation.operation},
                        operation.copy);
      }
      case EffectKind::accept: {
        const auto& accept = std::get<harness::Accept>(step.effect);
        const harness::AcceptEntry& first = accept.entries.front();
        stored_ticket_ = first.ticket;
        return reply_to(harness::row_of(first), first.copy);
      }
      case EffectKind::enqueue: {
        const auto& enqueue = std::get<harness::Enqueue>(step.effect);
        if (enqueue.keys.empty()) {
          stored_ticket_ = enqueue.whole;
        }
        return harness::enqueued(static_cast<harness::Enqueued>(dice_.below(2)));
      }
      case EffectKind::forward:
        return origin_outcome();
      default:
        return {};
    }
  }

  std::string checked(std::size_t count) {
    std::vector<harness::Checked> results(count, harness::Checked::invalid);
    if (is_genuine_) {
      results[dice_.below(count)] = harness::Checked::valid;
    } else if (dice_.chance(30)) {
      results[dice_.below(count)] = harness::Checked::unavailable;
    }
    return harness::signatures_checked(results);
  }

  /// As a store answers: what stands elsewhere is asked there, in the same step.
  std::string reply_to(const harness::RowEntry& question,
                       const std::optional<harness::RowEntry>& copy) {
    if (dice_.chance(10)) {
      return harness::ledger_replied(std::nullopt);
    }
    harness::LedgerResult result = ask(question);
    if (result.answer == contract::LedgerAnswer::elsewhere && copy.has_value()) {
      result = ask(*copy);
    }
    return harness::ledger_replied(result.reply);
  }

  harness::LedgerResult ask(const harness::RowEntry& question) {
    std::string& row = rows_[question.key];
    harness::LedgerResult result = harness::decode_ledger(
        engine_.ledger(harness::encode_ledger({deep_now_ms, 0, row, question.operation})));
    if (result.keep != contract::Keep::unchanged) {
      row = result.row;
    }
    return result;
  }

  std::string origin_outcome() {
    if (dice_.chance(20)) {
      return harness::origin_failed(static_cast<harness::ForwardOutcome>(2 + dice_.below(3)));
    }
    harness::OriginResponse response;
    response.status = static_cast<std::uint16_t>(200 + dice_.below(400));
    response.headers.resize(dice_.edge(0, 100));
    for (std::size_t i = 0; i < response.headers.size(); ++i) {
      response.headers[i] = {i == 0   ? "content-type"
                             : i == 1 ? "retry-after"
                                      : "x-" + std::to_string(i),
                             i == 1 ? "5" : std::string(dice_.below(200), 'v')};
    }
    response.body = std::string(dice_.edge(0, 65536), 'o');
    return harness::origin_responded(response);
  }

  harness::Engine& engine_;
  const harness::Configured& configured_;
  harness::Macs macs_;
  const harness::Delivery& delivery_;
  bool is_genuine_;
  Dice dice_;
  std::vector<std::string> steps_;
  std::string stored_ticket_;
  std::map<std::string, std::string> rows_;
};

}  // namespace

DeepPlay::DeepPlay(std::string_view input)
    : dice_(input), policy_(dice_), delivery_(policy_, dice_) {
  std::vector<std::byte> file(policy::encoded_bytes(policy_.policy()));
  static_cast<void>(policy::encode(policy_.policy(), file));
  file_ = text_of(Bytes(file));
  std::vector<std::byte> storage(policy::policy_arena_bytes(file.size()));
  Arena arena(storage);
  is_legal_ = policy::decode(bytes_of(file_), arena).has_value();
}

std::vector<std::string> DeepPlay::play(harness::Engine& engine) const {
  const harness::Configured configured = harness::decode_configured(
      engine.configure(harness::encode_configure(file_, policy_.values())));
  if (!configured.problems.empty()) {
    throw std::runtime_error("the policy's only source would answer 503");
  }
  return Player(engine, configured, delivery_, dice_).play();
}

bool DeepPlay::is_deep(const std::vector<std::string>& steps) {
  return std::ranges::any_of(steps, [](const std::string& step) {
    const EffectKind kind = harness::decode_step(step).kind;
    return kind == EffectKind::claim || kind == EffectKind::accept || kind == EffectKind::forward;
  });
}

}  // namespace postern::fuzz
