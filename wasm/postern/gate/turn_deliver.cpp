#include <algorithm>
#include <array>

#include "postern/base/check.h"
#include "postern/encoding/decimal.h"
#include "postern/gate/header_list.h"
#include "postern/gate/turn.h"
#include "postern/http/header_rules.h"
#include "postern/ledger/ledger.h"

// From the ledger's reply to the end: what comes of a forward, tell the sender, tell the ledger.

namespace postern::gate {
namespace {

/// Longest time that a sender is asked to stay away, whatever an origin says.
constexpr std::uint32_t retry_after_seconds_max = 3600;

std::uint32_t clamped(std::uint64_t seconds) {
  return static_cast<std::uint32_t>(std::clamp<std::uint64_t>(seconds, 1, retry_after_seconds_max));
}

/// What the origin asks for, or 0. Dates, the header's other form, are left to the schedule.
std::uint32_t retry_after_of(std::string_view header) {
  const auto seconds = encoding::decode_decimal(header);
  return seconds.has_value() ? clamped(*seconds) : 0;
}

enum class OriginAnswer : std::uint8_t { success, declined, throttled, failed, redirected, none };

/// Every number is of some kind: what is no status of a final answer is none.
OriginAnswer kind_of(std::uint16_t status) {
  if (status < 200 || status > 599) {
    return OriginAnswer::none;
  }
  if (status < 300) {
    return OriginAnswer::success;
  }
  if (status == 429) {
    return OriginAnswer::throttled;
  }
  if (status < 400) {
    return OriginAnswer::redirected;
  }
  if (status < 500 && status != 408 && status != 425) {
    return OriginAnswer::declined;
  }
  return OriginAnswer::failed;
}

/// The lease of an event whose source is gone: it only has to be told so.
constexpr std::uint32_t stray_lease_ms = 10'000;

/// The origin may have seen the event although no answer came.
bool is_unknown(Reason reason) {
  return reason == Reason::origin_timed_out || reason == Reason::origin_reset;
}

}  // namespace

std::uint32_t seconds_of(std::uint64_t ms) { return clamped((ms + 999) / 1000); }

bool read_ledger_outcome(Reader& outcome, std::optional<ledger::Reply>& reply) {
  const std::uint8_t is_there = outcome.u8();
  if (is_there == 1) {
    reply = ledger::decode_reply(bytes_of(outcome.text16()));
  }
  return outcome.finished() && is_there <= 1 && reply.has_value() == (is_there == 1);
}

/// To forward in proxy mode, or in a queue run to take what is owed.
Bytes Turn::claim(ledger::Verb verb) {
  const bool is_run = verb == ledger::Verb::take;
  ledger::Operation operation = question(verb);
  operation.owner = ticket_.owner;
  operation.lease_ms = source_ == nullptr ? stray_lease_ms : source_->policy->lease_ms;
  ticket_.claimed_at_ms = now_ms_;
  Writer step = ask_for(Effect::claim, is_run ? Phase::take : Phase::claim, BodyNeed::none);
  write_row_name(step);
  step.u32(is_run ? 0 : source_->policy->busy_wait_ms);
  write_operation(operation, step);
  if (turns_to_copy(operation, step)) {
    step.raw(row_key());
    write_operation(operation, step);
    ticket_.is_copy = false;
  }
  return step.written();
}

/// A copy's row is there while its event is under way, and then is remembered like any other: the
/// content has to be remembered for as long.
ledger::Operation Turn::question(ledger::Verb verb) const {
  ledger::Operation operation{.verb = verb};
  if (verb == ledger::Verb::take || ticket_.hint == scheme::EventHint{}) {
    return operation;
  }
  const policy::Source& source = *source_->policy;
  const bool lets_copies_in = source.same_content != scheme::SameContent::refuse;
  operation.hint = ticket_.hint;
  operation.copies_max = lets_copies_in ? copies_max : std::uint16_t{0};
  operation.retain_ms =
      source.retain_ms +
      (verb == ledger::Verb::accept ? chosen_route()->retry.horizon_ms : source.lease_ms);
  return operation;
}

bool Turn::turns_to_copy(ledger::Operation& operation, Writer& step) {
  const bool may_be_copied = operation.copies_max != 0;
  step.u8(may_be_copied ? 1 : 0);
  if (may_be_copied) {
    operation.is_copy = true;
    ticket_.is_copy = true;
  }
  return may_be_copied;
}

Bytes Turn::on_claim(Reader& outcome) {
  std::optional<ledger::Reply> reply;
  if (!read_ledger_outcome(outcome, reply)) {
    return {};
  }
  if (!reply.has_value()) {
    return on_ledger_down();
  }
  switch (reply->answer) {
    case ledger::Answer::granted:
      ticket_.epoch = reply->epoch;
      ticket_.maybe_duplicate = reply->maybe_duplicate;
      ticket_.is_copy = reply->is_copy;
      return sign_forward();
    case ledger::Answer::busy:
    case ledger::Answer::duplicate:
    case ledger::Answer::elsewhere:
    case ledger::Answer::limited:
      return on_taken(*reply);
    default:
      return {};
  }
}

/// Nobody knows whether the event is new: what now is the source's to say.
Bytes Turn::on_ledger_down() {
  const bool is_queue_route = chosen_route()->deliver == policy::Deliver::queue;
  switch (source_->policy->on_ledger_down) {
    case policy::LedgerDown::queue:
      return enqueue_whole();
    case policy::LedgerDown::open:
      if (!is_queue_route) {
        ticket_.ledger_was_down = true;
        ticket_.maybe_duplicate = true;
        return sign_forward();
      }
      break;
    case policy::LedgerDown::closed:
      break;
  }
  return refuse_with(Reason::ledger_unavailable);
}

Bytes Turn::on_forward(Reader& outcome) {
  enum : std::uint8_t { response = 1, refused = 2, timed_out = 3, reset = 4 };
  const std::uint8_t kind = outcome.u8();
  if (kind == response) {
    return on_origin_answer(outcome);
  }
  if (!outcome.finished() || kind < refused || kind > reset) {
    return {};
  }
  if (kind == refused) {
    return on_forward_failed(Reason::origin_refused);
  }
  return on_forward_failed(kind == timed_out ? Reason::origin_timed_out : Reason::origin_reset);
}

/// Whatever an origin says has an outcome, and what is not read here cannot change it. The sender
/// is told first, the ledger afterwards: the answer is known, and the ledger's second call is
/// nothing that a sender should wait for.
Bytes Turn::on_origin_answer(Reader& outcome) {
  const std::uint16_t status = outcome.u16();
  const std::string_view type = outcome.text16();
  const std::string_view retry_after = outcome.text16();
  const Bytes body = outcome.bytes32();
  if (!outcome.finished()) {
    return {};
  }
  const OriginAnswer kind = kind_of(status);
  if (kind == OriginAnswer::none) {
    return on_forward_failed(Reason::origin_reset);
  }
  ticket_.origin_status = status;
  if (kind == OriginAnswer::redirected) {
    return on_forward_failed(Reason::origin_redirected);
  }
  if (kind == OriginAnswer::throttled || kind == OriginAnswer::failed) {
    ticket_.retry_after_seconds = retry_after_of(retry_after);
    return on_forward_failed(Reason::origin_error);
  }
  if (kind == OriginAnswer::success) {
    judge_forward(Verdict::forwarded, Reason::none);
  } else {
    judge_forward(Verdict::failed, Reason::origin_declined);
  }
  ticket_.status = status;
  const std::array headers = {http::Header{.name = "content-type", .value = type}};
  const bool has_type =
      !type.empty() && type.size() <= answer_type_bytes_max && http::is_header_text(type);
  const bool may_have_body = status != 204 && status != 205;  // RFC 9110, section 15.3.
  return tell({.headers = std::span(headers).first(has_type ? 1 : 0),
               .body = body.first(
                   may_have_body ? std::min<std::size_t>(body.size(), answer_bytes_max) : 0)});
}

Bytes Turn::on_forward_failed(Reason reason) {
  judge_forward(Verdict::failed, reason);
  ticket_.status = ticket_.origin_status == 429 ? std::uint16_t{429} : status_of(reason);
  if (ticket_.retry_after_seconds == 0 && !ticket_.is_queue_run) {
    ticket_.retry_after_seconds = retry_after_seconds_default;
  }
  return tell({});
}

/// Of a delivery that is only observed the verdict stays what it would have been.
void Turn::judge_forward(Verdict verdict, Reason reason) {
  if (!ticket_.is_observed) {
    ticket_.verdict = verdict;
    ticket_.reason = reason;
  }
}

/// The sender gets what the origin said, where a sender waits. The ledger is told of what it knows.
Bytes Turn::tell(const AnswerParts& parts) {
  if (ticket_.is_queue_run) {
    ticket_.status = ticket_.origin_status;
    return settle();
  }
  const bool is_last = ticket_.is_observed || is_unidentified();
  return answer(parts, is_last ? Settling::done : Settling::pending);
}

/// Success is told from any epoch, also when the claim could not be asked for: the origin has it.
/// Failure is told only for a lease that was granted.
Bytes Turn::settle() {
  if (ticket_.verdict == Verdict::accepted) {
    return enqueue_references();
  }
  const bool is_success = ticket_.verdict == Verdict::forwarded;
  const ledger::Verb failure =
      !is_success && ticket_.is_queue_run ? plan_next_run() : ledger::Verb::release;
  const ledger::Operation operation{
      .verb = is_success ? ledger::Verb::commit : failure,
      .owner = ticket_.owner,
      .retain_ms = source_ == nullptr ? 0 : source_->policy->retain_ms,
      .epoch = ticket_.epoch,
      .status = ticket_.origin_status,
      .outcome = is_unknown(ticket_.reason) ? ledger::Outcome::unknown : ledger::Outcome::known,
      .delay_ms = ticket_.delay_ms,
      .hint = ticket_.hint};
  Writer step =
      ask_for(is_success ? Effect::commit : Effect::release, Phase::settled, BodyNeed::none);
  write_row_name(step);
  write_operation(operation, step);
  return step.written();
}

Bytes Turn::on_settled(Reader& outcome) {
  std::optional<ledger::Reply> reply;
  if (!read_ledger_outcome(outcome, reply)) {
    return {};
  }
  const bool is_success = ticket_.verdict == Verdict::forwarded;
  ticket_.commit_failed = !reply.has_value() && is_success;
  ticket_.release_failed = !reply.has_value() && !is_success;
  return ticket_.is_queue_run ? end_run(reply) : finish();
}

Bytes Turn::finish() { return end_with(Effect::finish); }

void Turn::write_row_name(Writer& step) const {
  step.text16(shard());
  step.raw(row_key());
}

std::string_view Turn::shard() const {
  std::array<char, encoding::decimal_characters_max> digits;
  const std::array<std::string_view, 3> parts = {
      source_ == nullptr ? ticket_.source_name : source_->policy->name, "/",
      encoding::encode_decimal(ticket_.shard, digits)};
  return arena_.join(parts);
}

}  // namespace postern::gate
