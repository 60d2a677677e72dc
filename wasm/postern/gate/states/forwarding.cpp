#include "postern/gate/states/forwarding.h"

#include <algorithm>
#include <array>

#include "postern/encoding/decimal.h"
#include "postern/gate/content_hashing.h"
#include "postern/gate/ending.h"
#include "postern/gate/outgoing.h"
#include "postern/gate/states/settling.h"
#include "postern/gate/ticket.h"
#include "postern/http/header_rules.h"

namespace postern::gate {
namespace {

/// What the origin asks for, or 0. Dates, the header's other form, are left to the schedule.
std::uint32_t retry_after_of(std::string_view header) {
  const auto seconds = encoding::decode_decimal(header);
  return seconds.has_value() ? retry_after(*seconds) : 0;
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

/// The forward is over. Of a delivery that is only observed the decision stays what it would have
/// been, but for what the sender is told.
StepBytes conclude(Call& call, const Permit& permit, Decision decision, const AnswerParts& parts) {
  if (std::holds_alternative<Observed>(permit)) {
    const Decision& observed = call.facts.decision;
    decision.verdict = observed.verdict;
    decision.reason = observed.reason;
    if (decision.origin_status == 0) {
      decision.origin_status = observed.origin_status;
    }
    return last_answer(call, decision, parts);
  }
  if (std::holds_alternative<Unclaimed>(permit) && !call.facts.grant.ledger_was_down) {
    return last_answer(call, decision, parts);  // No ledger was asked, and none is told.
  }
  call.facts.decision = decision;
  return call.facts.is_run ? settle_run(call) : tell_sender(call, parts);
}

StepBytes fail(Call& call, const Permit& permit, Reason reason, Decision decision) {
  decision.verdict = Verdict::failed;
  decision.reason = reason;
  decision.status = decision.origin_status == 429 ? std::uint16_t{429} : status_of(reason);
  if (decision.retry_after_seconds == 0 && !call.facts.is_run) {
    decision.retry_after_seconds = retry_after_seconds_default;
  }
  return conclude(call, permit, decision, {});
}

StepBytes fail(Call& call, const Permit& permit, Reason reason) {
  return fail(call, permit, reason, {});
}

StepBytes send(Call& call, const Permit& permit, const Outgoing& outgoing,
               std::span<const Bytes> macs) {
  if (outgoing.is_too_late()) {
    return fail(call, permit, Reason::ledger_unavailable);
  }
  const std::string_view url = outgoing.url();
  if (url.empty()) {
    return fail(call, permit, Reason::unforwardable_query);
  }
  return ask(call, Forwarding{permit}, outgoing.compose(url, macs, call.facts.sending.at_seconds));
}

/// A forward that cannot be signed is not sent: the origin would refuse it.
StepBytes on_signature(Call& call, const Permit& permit, Reader& outcome) {
  if (outcome.u8() != 1) {
    return outcome.finished() ? fail(call, permit, Reason::crypto_unavailable) : StepBytes{};
  }
  const Outgoing outgoing(call, permit);
  const auto macs = read_digests(call, outcome, outgoing.destination().signers.size());
  return macs.has_value() ? send(call, permit, outgoing, *macs) : StepBytes{};
}

/// Whatever an origin says has an outcome, and what is not read here cannot change it. The sender
/// is told first, the ledger afterwards: the answer is known, and the ledger's second call is
/// nothing that a sender should wait for.
StepBytes on_answer(Call& call, const Permit& permit, Reader& outcome) {
  const std::uint16_t status = outcome.u16();
  const std::string_view type = outcome.text16();
  const std::string_view retry_after = outcome.text16();
  const Bytes body = outcome.bytes32();
  if (!outcome.finished()) {
    return {};
  }
  const OriginAnswer kind = kind_of(status);
  if (kind == OriginAnswer::none) {
    return fail(call, permit, Reason::origin_reset);
  }
  Decision decision{.verdict = Verdict::forwarded, .status = status, .origin_status = status};
  if (kind == OriginAnswer::redirected) {
    return fail(call, permit, Reason::origin_redirected, decision);
  }
  if (kind == OriginAnswer::throttled || kind == OriginAnswer::failed) {
    decision.retry_after_seconds = retry_after_of(retry_after);
    return fail(call, permit, Reason::origin_error, decision);
  }
  if (kind == OriginAnswer::declined) {
    decision.verdict = Verdict::failed;
    decision.reason = Reason::origin_declined;
  }
  const std::array headers = {http::Header{.name = "content-type", .value = type}};
  const bool has_type =
      !type.empty() && type.size() <= answer_type_bytes_max && http::is_header_text(type);
  const bool may_have_body = status != 204 && status != 205;  // RFC 9110, section 15.3.
  return conclude(call, permit, decision,
                  {.headers = std::span(headers).first(has_type ? 1 : 0),
                   .body = body.first(
                       may_have_body ? std::min<std::size_t>(body.size(), answer_bytes_max) : 0)});
}

StepBytes on_forward(Call& call, const Permit& permit, Reader& outcome) {
  enum : std::uint8_t { response = 1, refused = 2, reset = 4, done = 5 };
  constexpr std::array failures = {Reason::origin_refused, Reason::origin_timed_out,
                                   Reason::origin_reset};
  const std::uint8_t kind = outcome.u8();
  if (kind == response) {
    return on_answer(call, permit, outcome);
  }
  if (!outcome.finished() || kind < refused || kind > done) {
    return {};
  }
  if (kind <= reset) {
    return fail(call, permit, failures[kind - refused]);
  }
  return conclude(call, permit,
                  {.verdict = Verdict::forwarded, .status = 200, .origin_status = 200},
                  acknowledgement(call));
}

}  // namespace

StepBytes forward(Call& call, const Permit& permit) {
  call.facts.sending = {.by = static_cast<Sending::By>(permit.index()),
                        .at_seconds = call.now_ms / 1000};
  const Outgoing outgoing(call, permit);
  if (outgoing.destination().signers.empty() || std::holds_alternative<Observed>(permit)) {
    return send(call, permit, outgoing, {});
  }
  return ask(call, Forwarding{permit},
             contract::Mac{.requests = outgoing.mac_requests(call.facts.sending.at_seconds)});
}

StepBytes end(Call& call, const Decision& decision) {
  const auto observed = Observed::make(call, decision);
  return observed.has_value() ? forward(call, *observed) : turn_away(call, decision);
}

StepBytes Forwarding::resume(Call& call, Report& report) const {
  switch (report.of) {
    case EffectKind::mac:
      return on_signature(call, permit, report.outcome);
    case EffectKind::forward:
      return on_forward(call, permit, report.outcome);
    default:
      return {};
  }
}

}  // namespace postern::gate
