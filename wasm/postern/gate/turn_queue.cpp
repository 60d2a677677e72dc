#include <algorithm>
#include <array>

#include "postern/crypto/crc32.h"
#include "postern/crypto/sha2.h"
#include "postern/gate/retry.h"
#include "postern/gate/route.h"
#include "postern/gate/turn.h"

// Queue mode: the sender is told as soon as the event is kept, and a queue drives it from there.

namespace postern::gate {
namespace {

/// Until a queue run that could not reach the ledger, or found no route, is tried again: longer
/// than a restart takes.
constexpr std::uint32_t unreachable_delay_ms = 30'000;

/// What names a destination in every policy: the text of `to`, or the name of its setting.
std::string_view name_of(const policy::Destination& destination, const policy::Policy& policy) {
  const policy::Setting& to = destination.to;
  return to.slot == policy::Setting::no_slot ? to.text : policy.settings[to.slot];
}

std::uint32_t id_of(const policy::Destination& destination, const policy::Policy& policy) {
  return crypto::crc32(bytes_of(name_of(destination, policy)));
}

std::uint32_t random_of(std::span<const std::byte, token_bytes> token) {
  Reader reader(token);
  return reader.u32();
}

}  // namespace

/// Asks the store to keep one entry for each destination, all of them or none. Copies are counted
/// against their limit once, by the first, so that no destination goes without.
Bytes Turn::accept() {
  const ledger::Operation question_of_first = question(ledger::Verb::accept);
  const std::size_t destinations = chosen_route()->to.size();
  const MutableBytes room = arena_.make_bytes(ticket_bytes_max);
  ticket_.is_whole = false;
  Writer step = ask_for(Effect::accept, Phase::accept, BodyNeed::none);
  step.text16(shard());
  step.u8(static_cast<std::uint8_t>(destinations));
  const auto write_entry = [&](const ledger::Operation& operation) {
    step.raw(row_key());
    step.text16(text_of(stored_ticket(room)));
    write_operation(operation, step);
  };
  for (std::size_t i = 0; i < destinations; ++i) {
    aim_at(i);
    ledger::Operation operation = question_of_first;
    if (i != 0 && operation.copies_max != 0) {
      operation.copies_max = UINT16_MAX;
    }
    write_entry(operation);
    if (turns_to_copy(operation, step)) {
      write_entry(operation);
      ticket_.is_copy = false;
    }
  }
  return step.written();
}

void Turn::aim_at(std::size_t destination) {
  ticket_.destination = static_cast<std::uint8_t>(destination);
  ticket_.destination_id = id_of(chosen_route()->to[destination], *configuration_.policy);
  ticket_.is_first_destination = destination == 0;
  ticket_.is_only_destination = chosen_route()->to.size() == 1;
}

std::string_view Turn::destination_name() const {
  const policy::Route* route = chosen_route();
  // Before the ledger has its rows, a run is for all of them.
  const bool has_row = ticket_.phase != Phase::accept && ticket_.phase != Phase::enqueue;
  return ticket_.is_queue_run && has_row && route != nullptr
             ? name_of(route->to[ticket_.destination], *configuration_.policy)
             : std::string_view{};
}

/// This delivery as a queue finds it again: verified and routed, and without what only the gate
/// needed of the request, such as a token of the sender.
Bytes Turn::stored_ticket(MutableBytes room) {
  Ticket stored = ticket_;
  stored.phase = Phase::queued;
  stored.needs_body = false;
  stored.is_queue_run = true;
  stored.source_name = source_->policy->name;
  stored.delivery.query = signed_query();
  stored.delivery.client_address = {};
  const std::span<http::Header> headers = arena_.make_array<http::Header>(kept_headers_max);
  const auto end = std::ranges::copy_if(
      stored.delivery.headers, headers.begin(),
      [&](const http::Header& header) { return goes_on(header.name, Way::stored); });
  stored.delivery.headers = std::span(headers.begin(), end.out);
  return encode_ticket(stored, room);
}

/// The event's own row also absorbs the sender's repeats; every destination but the first has a row
/// besides.
scheme::EventKey Turn::row_key() const {
  const scheme::EventKey own_key = own_key_of(ticket_);
  if (ticket_.is_first_destination) {
    return own_key;
  }
  std::array<std::byte, sizeof(std::uint32_t)> id;
  Writer writer(id);
  writer.u32(ticket_.destination_id);
  crypto::Sha256 hash;
  hash.update(bytes_of("postern1.to"));
  hash.update(own_key);
  hash.update(writer.written());
  return hash.finish();
}

Bytes Turn::on_accept(Reader& outcome) {
  std::optional<ledger::Reply> reply;
  if (!read_ledger_outcome(outcome, reply)) {
    return {};
  }
  if (!reply.has_value()) {
    return ticket_.is_queue_run ? retry_whole(Reason::ledger_unavailable) : on_ledger_down();
  }
  switch (reply->answer) {
    case ledger::Answer::accepted:
      ticket_.verdict = Verdict::accepted;
      ticket_.status = status_of(Reason::none);
      ticket_.is_copy = reply->is_copy;
      ticket_.maybe_duplicate = reply->is_copy;
      return ticket_.is_queue_run ? enqueue_references()
                                  : answer(acknowledgement(), Settling::pending);
    case ledger::Answer::duplicate:
    case ledger::Answer::busy:
    case ledger::Answer::elsewhere:
    case ledger::Answer::limited:
      return on_taken(*reply);
    default:
      return {};
  }
}

Bytes Turn::enqueue_references() {
  const std::size_t destinations = chosen_route()->to.size();
  Writer step = ask_for(Effect::enqueue, Phase::enqueue, BodyNeed::none);
  step.u8(0);
  step.text16(shard());
  step.u8(static_cast<std::uint8_t>(destinations));
  for (std::size_t i = 0; i < destinations; ++i) {
    aim_at(i);
    step.raw(row_key());
  }
  return step.written();
}

/// The ledger cannot take the event, but a queue may: it asks the ledger again when it is back.
Bytes Turn::enqueue_whole() {
  ticket_.ledger_was_down = true;
  ticket_.is_whole = true;
  Writer step = ask_for(Effect::enqueue, Phase::enqueue, BodyNeed::none);
  step.u8(1);
  step.text16(text_of(stored_ticket(arena_.make_bytes(ticket_bytes_max))));
  return step.written();
}

Bytes Turn::on_enqueue(Reader& outcome) {
  const std::uint8_t is_done = outcome.u8();
  if (!outcome.finished() || is_done > 1) {
    return {};
  }
  if (ticket_.verdict == Verdict::accepted) {
    return finish();  // The store has it, and sends a reference of its own when this one is lost.
  }
  return is_done == 1 ? end(Verdict::accepted, Reason::none, status_of(Reason::none))
                      : refuse_with(Reason::ledger_unavailable);
}

Bytes Turn::drive(Reader& outcome) {
  const Bytes owner = outcome.raw(token_bytes);
  if (!outcome.finished() || !ticket_.is_queue_run) {
    return {};
  }
  std::ranges::copy(owner, ticket_.owner.begin());
  const bool is_same_policy = ticket_.policy_id == configuration_.policy_id;
  ticket_.policy_id = configuration_.policy_id;
  source_ = nullptr;
  ticket_.source = no_number;
  for (std::size_t i = 0; i < configuration_.sources.size(); ++i) {
    if (configuration_.sources[i].policy->name == ticket_.source_name) {
      source_ = &configuration_.sources[i];
      ticket_.source = static_cast<std::uint16_t>(i);
    }
  }
  if (is_same_policy) {
    return chosen_route() == nullptr ? Bytes{} : run();
  }
  if (source_ == nullptr) {
    ticket_.route = no_number;
    return run();
  }
  const bool needs_body = routes_read_body(*source_->policy) && !ticket_.delivery.body_is_here;
  return needs_body ? ask_for_body(Phase::body_to_route) : route_again();
}

/// Under another policy than the one that accepted it, a delivery goes where this one says. One of
/// several destinations is never taken for another: that one has a row of its own.
Bytes Turn::route_again() {
  const scheme::Event event{
      .key = ticket_.key, .type = ticket_.event_type, .type_fault = Reason::none};
  ticket_.route = route_of(*source_->policy, event, *reading_).value_or(no_number);
  ticket_.destination = 0;
  const policy::Route* route = chosen_route();  // None for one that answers, too.
  const auto to = route == nullptr ? std::span<const policy::Destination>{} : route->to;
  const auto is_it = [&](const policy::Destination& destination) {
    return id_of(destination, *configuration_.policy) == ticket_.destination_id;
  };
  const auto found = std::ranges::find_if(to, is_it);
  // The only one has a new address.
  const bool is_renamed = ticket_.is_only_destination && to.size() == 1;
  if (found != to.end()) {
    ticket_.destination = static_cast<std::uint8_t>(found - to.begin());
  } else if (to.empty() || !(ticket_.is_whole || is_renamed)) {
    ticket_.route = no_number;
  }
  return run();
}

Bytes Turn::run() {
  if (!ticket_.is_whole) {
    return claim(ledger::Verb::take);
  }
  if (chosen_route() == nullptr) {
    return retry_whole(Reason::no_route);
  }
  return accept();
}

Bytes Turn::on_take(Reader& outcome) {
  std::optional<ledger::Reply> reply;
  if (!read_ledger_outcome(outcome, reply)) {
    return {};
  }
  if (!reply.has_value()) {
    ticket_.verdict = Verdict::failed;
    ticket_.reason = Reason::ledger_unavailable;
    return retry_later(unreachable_delay_ms);
  }
  switch (reply->answer) {
    case ledger::Answer::granted:
      ticket_.epoch = reply->epoch;
      ticket_.maybe_duplicate = reply->maybe_duplicate;
      ticket_.attempts = reply->attempts;
      if (are_attempts_over()) {
        return on_forward_failed(Reason::attempts_over);
      }
      if (chosen_route() == nullptr) {
        return on_forward_failed(Reason::no_route);
      }
      return source_->problem >= SourceProblem::bad_destination
                 ? on_forward_failed(Reason::source_unavailable)
                 : sign_forward();
    case ledger::Answer::busy:
    case ledger::Answer::duplicate:
    case ledger::Answer::ignored:
      return on_taken(*reply);
    default:
      return {};
  }
}

/// Runs that took the event and never told what came of it have used up its schedule.
bool Turn::are_attempts_over() const { return ticket_.attempts >= schedule().attempts; }

const policy::Retry& Turn::schedule() const {
  const policy::Route* route = chosen_route();
  const bool has_schedule = route != nullptr && route->retry.attempts != 0;
  return has_schedule ? route->retry : default_retry();
}

/// The ledger has it already, somebody is at it, or its content came under another hint.
Bytes Turn::on_taken(const ledger::Reply& reply) {
  Verdict verdict = Verdict::duplicate;
  Reason reason = Reason::none;
  if (reply.answer == ledger::Answer::busy) {
    verdict = Verdict::busy;
    reason = Reason::lease_held;
  } else if (reply.answer == ledger::Answer::limited) {
    verdict = Verdict::busy;
    reason = Reason::too_many_copies;
  } else if (reply.answer == ledger::Answer::elsewhere) {
    verdict = Verdict::refused;
    reason = Reason::same_content;
  }
  const bool may_come_again = verdict == Verdict::busy;
  ticket_.is_copy = ticket_.is_copy || reply.is_copy;
  ticket_.origin_status = reply.status;
  if (!ticket_.is_queue_run) {
    ticket_.retry_after_seconds = may_come_again ? seconds_of(reply.wait_ms) : 0;
    return end(verdict, reason, status_of(reason));
  }
  ticket_.verdict = verdict;
  ticket_.reason = reason;
  return may_come_again ? retry_later(reply.wait_ms) : finish();
}

/// After a failed attempt: back to the ledger until its time has come, or to the dead ones.
ledger::Verb Turn::plan_next_run() {
  const auto delay =
      next_delay_ms(schedule(), {.number = ticket_.attempts + 1U,
                                 .elapsed_ms = elapsed_ms(),
                                 .retry_after_ms = 1000 * ticket_.retry_after_seconds,
                                 .random = random_of(ticket_.owner)});
  ticket_.is_last_attempt = !delay.has_value();
  ticket_.delay_ms = delay.value_or(0);
  return delay.has_value() ? ledger::Verb::fail : ledger::Verb::bury;
}

/// A message is given up only when the ledger has stored why.
Bytes Turn::end_run(const std::optional<ledger::Reply>& reply) {
  if (ticket_.verdict == Verdict::forwarded) {
    return reply.has_value() ? finish() : retry_later(unreachable_delay_ms);
  }
  if (!ticket_.is_last_attempt) {
    return retry_later(ticket_.delay_ms);
  }
  if (!reply.has_value() || reply->answer != ledger::Answer::done) {
    ticket_.is_last_attempt = false;  // Another run has it, or will.
    return retry_later(unreachable_delay_ms);
  }
  return end_with(Effect::dead_letter);
}

std::uint64_t Turn::elapsed_ms() const {
  return now_ms_ - std::min(now_ms_, ticket_.delivery.received_ms);
}

/// The queue has the only copy, and gives a message up after a number of times: waits that grow
/// with its age last for days.
Bytes Turn::retry_whole(Reason reason) {
  ticket_.verdict = Verdict::failed;
  ticket_.reason = reason;
  return retry_later(std::max<std::uint64_t>(unreachable_delay_ms, elapsed_ms() / 8));
}

Bytes Turn::retry_later(std::uint64_t delay_ms) {
  ticket_.delay_ms =
      static_cast<std::uint32_t>(std::min<std::uint64_t>(delay_ms, policy::retry_delay_ms_max));
  Writer step = start_last_step(Effect::retry_later, output_);
  step.u32(ticket_.delay_ms);
  step.bytes32(bytes_of(record()));
  return step.written();
}

}  // namespace postern::gate
