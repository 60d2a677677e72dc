#include "postern/gate/turn.h"

#include <algorithm>

#include "postern/base/check.h"
#include "postern/encoding/decimal.h"
#include "postern/encoding/hex.h"
#include "postern/gate/header_list.h"
#include "postern/gate/record.h"
#include "postern/scheme/claims.h"

// How a delivery comes in and how it ends. Verifying, identifying and delivering have files of
// their own.

namespace postern::gate {
namespace {

using namespace std::string_view_literals;

const LiveSource* find_source(const Configuration& configuration, std::string_view path,
                              std::uint16_t& index) {
  for (std::size_t i = 0; i < configuration.sources.size(); ++i) {
    if (configuration.sources[i].policy->path == path) {
      index = static_cast<std::uint16_t>(i);
      return &configuration.sources[i];
    }
  }
  return nullptr;
}

std::uint8_t method_bit(std::string_view method) {
  if (method == "POST") {
    return 1;
  }
  if (method == "GET") {
    return 2;
  }
  return method == "PUT" ? 4 : 0;
}

/// The methods of those bits, as an `Allow` header lists them.
std::string_view methods_text(std::uint8_t bits) {
  constexpr std::array<std::string_view, 8> texts = {
      "", "POST", "GET", "GET, POST", "PUT", "POST, PUT", "GET, PUT", "GET, POST, PUT"};
  return texts[bits % texts.size()];
}

/// The effect whose outcome `phase` waits for. Of `settled`, one of two.
Effect awaited_in(Phase phase) {
  switch (phase) {
    case Phase::limit_address:
    case Phase::limit_source:
      return Effect::limit;
    case Phase::body_to_verify:
    case Phase::body_to_identify:
    case Phase::body_to_route:
      return Effect::supply_body;
    case Phase::macs:
    case Phase::digests:
    case Phase::forward_signature:
      return Effect::mac;
    case Phase::key:
      return Effect::fetch_key;
    case Phase::checks:
      return Effect::check_signature;
    case Phase::claim:
    case Phase::take:
      return Effect::claim;
    case Phase::forward:
      return Effect::forward;
    case Phase::answered:
      return Effect::answer;
    case Phase::settled:
      return Effect::commit;
    case Phase::accept:
      return Effect::accept;
    case Phase::enqueue:
      return Effect::enqueue;
    case Phase::queued:
      return Effect::retry_later;
  }
  trap();
}

bool is_awaited(Effect effect, Phase phase) {
  return effect == awaited_in(phase) || (effect == Effect::release && phase == Phase::settled);
}

/// Effects that say nothing but that they are done.
bool has_no_outcome(Effect effect) {
  return effect == Effect::supply_body || effect == Effect::answer;
}

std::size_t bytes_of_headers(std::span<const http::Header> headers) {
  std::size_t bytes = 0;
  for (const http::Header& header : headers) {
    bytes += header.name.size() + header.value.size();
  }
  return bytes;
}

}  // namespace

Turn::Turn(const Configuration& configuration, Arena& arena, MutableBytes output)
    : configuration_(configuration), arena_(arena), output_(output) {}

Bytes Turn::begin(const http::Delivery& delivery, BodySize body_size,
                  std::span<const std::byte, token_bytes> token) {
  ticket_.policy_id = configuration_.policy_id;
  ticket_.delivery = delivery;
  now_ms_ = delivery.received_ms;
  std::ranges::copy(token, ticket_.token.begin());
  ticket_.owner = ticket_.token;
  source_ = find_source(configuration_, delivery.path, ticket_.source);
  if (const Reason fault = structural_fault(body_size); fault != Reason::none) {
    return refuse_with(fault);
  }
  if (!keep_headers(delivery.headers)) {
    return refuse_with(Reason::headers_too_large);
  }
  has_kept_headers_ = true;
  if (const Reason fault = admission_fault(); fault != Reason::none) {
    return refuse_with(fault);
  }
  if (source_->policy->rate_limit.by == policy::LimitBy::address) {
    return ask_for_limit(Phase::limit_address);
  }
  scheme::Reading reading(ticket_.delivery, arena_);
  reading_ = &reading;
  return authenticate();
}

Bytes Turn::resume(const Ticket& ticket, std::optional<Bytes> body, Effect effect, Reader& outcome,
                   std::uint64_t now_ms) {
  ticket_ = ticket;
  now_ms_ = now_ms;
  has_kept_headers_ = true;
  if (!is_awaited(effect, ticket.phase) || (has_no_outcome(effect) && !outcome.finished()) ||
      (ticket.needs_body && !body.has_value())) {
    return {};
  }
  if (body.has_value()) {
    if (body->size() != ticket.delivery.body_bytes) {
      return {};
    }
    ticket_.delivery.body_is_here = true;
    ticket_.delivery.body = *body;
    ticket_.delivery.body_form = http::body_form_of(*body, body->size());
  }
  if (!find_place()) {
    return {};
  }
  scheme::Reading reading(ticket_.delivery, arena_);
  reading_ = &reading;
  switch (ticket.phase) {
    case Phase::limit_address:
    case Phase::limit_source:
      return on_limit(outcome);
    case Phase::body_to_verify:
      return authenticate();
    case Phase::macs:
      return on_macs(outcome);
    case Phase::key:
      return on_key(outcome);
    case Phase::checks:
      return on_checks(outcome);
    case Phase::body_to_identify:
      return identify_again();
    case Phase::digests:
      return on_digests(outcome);
    case Phase::claim:
      return on_claim(outcome);
    case Phase::forward_signature:
      return on_forward_signature(outcome);
    case Phase::forward:
      return on_forward(outcome);
    case Phase::answered:
      return settle();
    case Phase::settled:
      return on_settled(outcome);
    case Phase::accept:
      return on_accept(outcome);
    case Phase::enqueue:
      return on_enqueue(outcome);
    case Phase::queued:
      return drive(outcome);
    case Phase::body_to_route:
      return route_again();
    case Phase::take:
      return on_take(outcome);
  }
  trap();
}

/// Finds what the ticket means by its numbers, and what is known of its delivery by now. A stored
/// ticket finds its own way: it may be of another policy.
bool Turn::find_place() {
  const bool is_observed_refusal = ticket_.is_observed && ticket_.verdict != Verdict::duplicate &&
                                   ticket_.verdict != Verdict::busy;
  is_authentic_ = ticket_.phase >= Phase::body_to_identify && !is_observed_refusal;
  has_event_ = ticket_.phase >= Phase::limit_source && !is_observed_refusal;
  if (ticket_.phase == Phase::queued) {
    return true;
  }
  if (ticket_.policy_id != configuration_.policy_id ||
      (ticket_.is_queue_run && ticket_.phase < Phase::forward_signature)) {
    return false;
  }
  // What today's policy has no place for is only told to the ledger.
  const bool may_be_astray =
      ticket_.is_queue_run && (ticket_.phase == Phase::take || ticket_.phase == Phase::settled);
  const bool is_astray = may_be_astray && ticket_.route == no_number;
  if (ticket_.source >= configuration_.sources.size()) {
    return is_astray && ticket_.source == no_number;
  }
  source_ = &configuration_.sources[ticket_.source];
  ticket_.delivery.path = source_->policy->path;
  if (ticket_.is_queue_run) {
    // Its proof may be of a scheme that the source no longer has.
    return is_astray || ticket_.phase == Phase::body_to_route || chosen_route() != nullptr;
  }
  const bool needs_route = ticket_.phase >= Phase::limit_source;
  return (!is_authentic_ || ticket_.seal.rule < source_->scheme->signatures.size()) &&
         (!needs_route || chosen_route() != nullptr);
}

/// The route that the ticket names, when it has the destination that the ticket names.
const policy::Route* Turn::chosen_route() const {
  if (source_ == nullptr || ticket_.route >= source_->policy->routes.size()) {
    return nullptr;
  }
  const policy::Route& route = source_->policy->routes[ticket_.route];
  return ticket_.destination < route.to.size() ? &route : nullptr;
}

Reason Turn::structural_fault(BodySize body_size) const {
  const http::Delivery& delivery = ticket_.delivery;
  if (source_ == nullptr) {
    return Reason::unknown_path;
  }
  if (!is_delivery_method() && !is_challenge_method()) {
    return Reason::wrong_method;
  }
  if (configuration_.policy->gate.require_https && delivery.transport != http::Transport::https) {
    return Reason::not_https;
  }
  if (body_size == BodySize::over_limit || delivery.body_bytes > source_->policy->body_bytes_max) {
    return Reason::body_too_large;
  }
  if (delivery.headers.size() > http::headers_max ||
      bytes_of_headers(delivery.headers) > http::header_bytes_max ||
      delivery.query.size() > http::query_bytes_max) {
    return Reason::headers_too_large;
  }
  const http::Header* encoding = http::find_header(delivery.headers, "content-encoding");
  if (encoding != nullptr && encoding->value != "identity") {
    return Reason::encoded_body;
  }
  return has_unexpected_body() ? Reason::unexpected_body : Reason::none;
}

bool Turn::is_delivery_method() const {
  return (source_->policy->methods & method_bit(ticket_.delivery.method)) != 0;
}

/// A method that only challenges use comes in as far as the challenges.
bool Turn::is_challenge_method() const {
  return std::ranges::any_of(source_->scheme->challenges, [&](const scheme::Challenge& challenge) {
    return challenge.method == ticket_.delivery.method;
  });
}

Bytes Turn::refuse_with(Reason reason) {
  const bool is_ours = status_of(reason) == 503;  // Nothing is wrong with the delivery.
  if (is_ours) {
    ticket_.retry_after_seconds = retry_after_seconds_default;
  }
  return end(is_ours ? Verdict::failed : Verdict::refused, reason, status_of(reason));
}

Bytes Turn::end(Verdict verdict, Reason reason, std::uint16_t status) {
  ticket_.verdict = verdict;
  ticket_.reason = reason;
  ticket_.status = status;
  if (is_observable()) {
    if (const Bytes step = observe(); !step.empty()) {
      return step;
    }
  }
  if (verdict == Verdict::duplicate || verdict == Verdict::accepted ||
      verdict == Verdict::unrouted) {
    return answer(acknowledgement(), Settling::done);
  }
  if (reason == Reason::wrong_method) {
    const std::array allow = {
        http::Header{.name = "allow", .value = methods_text(source_->policy->methods)}};
    return answer({.headers = allow, .body = {}}, Settling::done);
  }
  return answer({}, Settling::done);
}

Turn::AnswerParts Turn::acknowledgement() const {
  const policy::Acknowledgement& text = source_->policy->acknowledgement;
  if (text.content_type.empty()) {
    return {};
  }
  const std::span<http::Header> headers = arena_.make_array<http::Header>(1);
  headers[0] = {.name = "content-type", .value = text.content_type};
  return {.headers = headers, .body = bytes_of(text.body)};
}

Bytes Turn::handshake(const scheme::ChallengeReply& reply) {
  ticket_.verdict = Verdict::handshake;
  ticket_.reason = Reason::none;
  ticket_.status = reply.status;
  const std::array headers = {
      http::Header{.name = "content-type", .value = reply.content_type},
      http::Header{.name = "x-content-type-options", .value = "nosniff"},
  };
  const bool has_body = !reply.content_type.empty();
  return answer({.headers = std::span(headers).first(has_body ? headers.size() : 0),
                 .body = bytes_of(reply.body)},
                Settling::done);
}

Bytes Turn::answer(const AnswerParts& parts, Settling settling) {
  std::array<char, 2 * token_bytes> reference;
  std::array<char, encoding::decimal_characters_max> seconds;
  const std::span<http::Header> headers = arena_.make_array<http::Header>(parts.headers.size() + 2);
  std::size_t count = 0;
  headers[count++] = {.name = "postern-delivery",
                      .value = encoding::encode_hex(ticket_.token, reference)};
  if (ticket_.retry_after_seconds != 0) {
    headers[count++] = {.name = "retry-after",
                        .value = encoding::encode_decimal(ticket_.retry_after_seconds, seconds)};
  }
  for (const http::Header& header : parts.headers) {
    headers[count++] = header;
  }
  const bool is_last = settling == Settling::done;
  Writer step = is_last ? start_last_step(Effect::answer, output_)
                        : ask_for(Effect::answer, Phase::answered, BodyNeed::none);
  step.u8(is_last ? 1 : 0);
  step.u16(ticket_.status);
  write_headers(headers.first(count), step);
  step.bytes32(parts.body);
  step.bytes32(is_last ? bytes_of(record()) : Bytes{});
  return step.written();
}

Writer Turn::ask_for(Effect effect, Phase phase, BodyNeed need) {
  ticket_.phase = phase;
  return start_step(effect, need, ticket_, output_);
}

Bytes Turn::end_with(Effect effect) {
  Writer step = start_last_step(effect, output_);
  step.bytes32(bytes_of(record()));
  return step.written();
}

std::string_view Turn::record() {
  RecordSubject subject;
  subject.source = ticket_.source_name;
  if (source_ != nullptr) {
    subject.source = source_->policy->name;
    subject.provider = source_->scheme->name;
    if (is_authentic_ && !ticket_.is_queue_run) {
      subject.proof = name_of(ticket_.seal.proof);
    }
  }
  subject.has_event = has_event_;
  subject.destination = destination_name();
  return write_record(ticket_, subject, arena_.make_chars(record_bytes_max));
}

}  // namespace postern::gate
