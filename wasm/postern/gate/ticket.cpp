#include "postern/gate/ticket.h"

#include <algorithm>
#include <array>
#include <utility>

#include "postern/base/check.h"
#include "postern/base/fields.h"
#include "postern/contract/effect_fields.h"
#include "postern/gate/ledger_rows.h"
#include "postern/gate/step.h"
#include "postern/gate/ticket_fields.h"

namespace postern::gate {
namespace {

/// Stored tickets outlive deployments: a change of meaning or form is a new version. The second is
/// that of deliveries that have a tenant.
constexpr std::uint8_t ticket_version = 4;
constexpr std::uint8_t tenant_version = ticket_version + 1;

constexpr auto arrival_fields = list_fields(
    POSTERN_FIELD(Ticket, arrival.policy_id), POSTERN_FIELD(Ticket, arrival.source_number),
    POSTERN_FIELD(Ticket, arrival.token), POSTERN_FIELD(Ticket, arrival.limit_was_down),
    POSTERN_FIELD(Ticket, arrival.delivery.received_ms),
    POSTERN_FIELD(Ticket, arrival.delivery.body_bytes),
    POSTERN_FIELD(Ticket, arrival.delivery.method), POSTERN_FIELD(Ticket, arrival.delivery.query),
    POSTERN_ENUM_FIELD(Ticket, arrival.delivery.transport, http::Transport::plain,
                       http::Transport::https),
    POSTERN_ENUM_FIELD(Ticket, arrival.delivery.body_form, http::BodyForm::unknown,
                       http::body_form_last),
    POSTERN_LIST_FIELD(Ticket, arrival.delivery.headers, 16, kept_headers_max,
                       contract::header_fields));
constexpr auto run_fields = list_fields(
    POSTERN_FIELD(Ticket, facts.run.owner), POSTERN_FIELD(Ticket, facts.run.source_name),
    POSTERN_FIELD(Ticket, facts.run.is_whole), POSTERN_FIELD(Ticket, facts.run.attempts),
    POSTERN_FIELD(Ticket, facts.run.is_last_attempt), POSTERN_FIELD(Ticket, facts.run.delay_ms));
constexpr auto seal_fields = list_fields(
    POSTERN_FIELD(Ticket, facts.seal.slot), POSTERN_FIELD(Ticket, facts.seal.rule),
    POSTERN_ENUM_FIELD(Ticket, facts.seal.proof, scheme::Proof::none, scheme::Proof::token),
    POSTERN_FIELD(Ticket, facts.parts.has_time),
    POSTERN_WHEN(Ticket, facts.parts.has_time, 1, POSTERN_FIELD(Ticket, facts.signed_at)));
constexpr auto event_fields = list_fields(
    POSTERN_FIELD(Ticket, facts.event.key), POSTERN_FIELD(Ticket, facts.event.hint),
    POSTERN_TEXT_FIELD(Ticket, facts.event.type, scheme::event_type_bytes_max),
    POSTERN_TEXT_FIELD(Ticket, facts.sender_id, scheme::identity_bytes_max),
    POSTERN_FIELD(Ticket, facts.place.route), POSTERN_FIELD(Ticket, facts.place.shard),
    POSTERN_FIELD(Ticket, facts.place.destination),
    POSTERN_FIELD(Ticket, facts.place.destination_id),
    POSTERN_FIELD(Ticket, facts.place.is_first_destination),
    POSTERN_FIELD(Ticket, facts.place.is_only_destination),
    POSTERN_FIELD(Ticket, facts.grant.asked_at_ms), POSTERN_FIELD(Ticket, facts.grant.epoch),
    POSTERN_FIELD(Ticket, facts.grant.maybe_duplicate), POSTERN_FIELD(Ticket, facts.grant.is_copy),
    POSTERN_FIELD(Ticket, facts.grant.ledger_was_down));
constexpr auto sending_fields = list_fields(
    POSTERN_ENUM_FIELD(Ticket, facts.sending.by, Sending::By::grant, Sending::By::observation),
    POSTERN_FIELD(Ticket, facts.sending.at_seconds));
constexpr auto decision_fields = list_fields(
    POSTERN_ENUM_FIELD(Ticket, facts.decision.verdict, Verdict::forwarded, Verdict::failed),
    POSTERN_ENUM_FIELD(Ticket, facts.decision.reason, Reason::none, reason_last),
    POSTERN_FIELD(Ticket, facts.decision.status),
    POSTERN_FIELD(Ticket, facts.decision.origin_status),
    POSTERN_FIELD(Ticket, facts.decision.retry_after_seconds));

/// A ticket begins with its state and what every state knows.
constexpr auto head_fields = list_fields(
    POSTERN_NUMBER_FIELD(Ticket, version, ticket_version, tenant_version),
    POSTERN_ENUM_FIELD(Ticket, head.state, StateNumber::arrived, StateNumber::taking),
    POSTERN_ENUM_FIELD(Ticket, head.awaits, EffectKind::supply_body, contract::effect_kind_last),
    POSTERN_ENUM_FIELD(Ticket, head.body_need, BodyNeed::none, BodyNeed::next), arrival_fields,
    POSTERN_WHEN(Ticket, version, tenant_version, tenant_field),
    POSTERN_FIELD(Ticket, facts.is_run), POSTERN_WHEN(Ticket, facts.is_run, 1, run_fields));

/// Then comes what that state knows besides.
constexpr auto known_fields =
    list_fields(POSTERN_WHEN(Ticket, facts.parts.has_seal, 1, seal_fields),
                POSTERN_WHEN(Ticket, facts.parts.has_event, 1, event_fields),
                POSTERN_WHEN(Ticket, facts.parts.has_sending, 1, sending_fields),
                POSTERN_WHEN(Ticket, facts.parts.has_decision, 1, decision_fields));

// What a state knows, and which deliveries can be in it.
constexpr std::uint8_t with_seal = 1 << 0;
constexpr std::uint8_t with_event = 1 << 1;
constexpr std::uint8_t with_sending = 1 << 2;
constexpr std::uint8_t with_decision = 1 << 3;
constexpr std::uint8_t of_sender = 1 << 4;     // One whose sender waits can be in it.
constexpr std::uint8_t of_run = 1 << 5;        // A run of the queue can be in it.
constexpr std::uint8_t needs_source = 1 << 6;  // A run, too: one in the policy of today.
constexpr std::uint8_t needs_place = 1 << 7;   // A route and a destination of today.

constexpr std::uint8_t unproved = of_sender | needs_source;
constexpr std::uint8_t routed_form = with_seal | with_event | needs_source | needs_place;
constexpr std::uint8_t owed_form = with_seal | with_event | of_run;

/// By the numbers of the states, from 1.
constexpr std::array<std::uint8_t, 13> forms = {
    unproved,                                                         // arrived
    unproved,                                                         // verifying
    unproved | with_seal,                                             // identifying
    routed_form | of_sender,                                          // admitting
    routed_form | of_sender,                                          // claiming
    routed_form | with_sending | with_decision | of_sender | of_run,  // forwarding
    owed_form | with_decision | of_sender,                            // settling
    routed_form | of_sender | of_run,                                 // accepting
    routed_form | of_sender | of_run,                                 // accepted
    routed_form | of_sender,                                          // entrusting
    owed_form,                                                        // owed
    owed_form | needs_source,                                         // rerouting
    owed_form,                                                        // taking
};
static_assert(forms.size() == static_cast<std::size_t>(StateNumber::taking));

unsigned form_of(const Ticket& ticket) {
  return forms[static_cast<std::size_t>(ticket.head.state) - 1];
}

Parts parts_of(unsigned form) {
  return {.has_seal = (form & with_seal) != 0,
          .has_time = false,
          .has_event = (form & with_event) != 0,
          .has_sending = (form & with_sending) != 0,
          .has_decision = (form & with_decision) != 0};
}

/// Finds the source that the arrival names; whether its numbers mean the policy of today.
bool find_source(Call& call) {
  Arrival& arrival = call.arrival;
  const auto sources = call.configuration.sources;
  if (arrival.policy_id != call.configuration.policy_id) {
    return false;
  }
  if (arrival.source_number < sources.size()) {
    call.source = &sources[arrival.source_number];
    arrival.delivery.path = call.source->policy->path;
    return true;
  }
  return arrival.source_number == no_number;
}

/// Whether the numbers in the facts mean something in the policy of today. The proof of a run may
/// be of a scheme that its source no longer has; that of what was refused names the first rule.
bool is_of_today(unsigned form, const Call& call) {
  const Facts& facts = call.facts;
  if (call.source == nullptr) {
    return facts.is_run && (form & needs_source) == 0;
  }
  const bool has_rule = facts.seal.rule < call.source->scheme->signatures.size();
  return (has_rule || facts.is_run) && ((form & needs_place) == 0 || Routed::is_place(call));
}

}  // namespace

StepBytes resume_state(Call& call, Report& report) { return TicketFields::resume(call, report); }

Bytes encode_ticket(Ticket& ticket, MutableBytes room) {
  const unsigned form = form_of(ticket);
  Facts& facts = ticket.facts;
  facts.parts = parts_of(form);
  facts.parts.has_time = facts.parts.has_seal && facts.seal.signed_at.has_value();
  facts.signed_at = static_cast<std::uint64_t>(facts.seal.signed_at.value_or(0));
  ticket.version = ticket.arrival.has_tenant ? tenant_version : ticket_version;
  Writer writer(room);
  write_fields(head_fields, ticket, writer);
  write_fields(known_fields, ticket, writer);
  return writer.written();
}

bool decode_ticket(Bytes bytes, Call& call) {
  Reader reader(bytes);
  Ticket& ticket = call;
  if (bytes.size() > ticket_bytes_max || !read_fields(head_fields, reader, call.arena, ticket) ||
      reader.failed()) {
    return false;
  }
  ticket.arrival.has_tenant = ticket.version == tenant_version;
  const unsigned form = form_of(ticket);
  Facts& facts = call.facts;
  facts.parts = parts_of(form);
  read_fields(known_fields, reader, ticket);
  if (facts.parts.has_time) {
    facts.seal.signed_at = static_cast<std::int64_t>(facts.signed_at);
  }
  facts.is_authentic = facts.parts.has_seal;
  facts.has_event = facts.parts.has_event;
  return reader.finished() && (form & (facts.is_run ? of_run : of_sender)) != 0 &&
         (call.head.state == StateNumber::owed || (find_source(call) && is_of_today(form, call)));
}

std::optional<OwedSummary> summarize_owed(Bytes bytes, Arena& arena) {
  const Configuration nothing;
  Call call(nothing, arena, {});
  if (!decode_ticket(bytes, call) || call.head.state != StateNumber::owed) {
    return std::nullopt;
  }
  return OwedSummary{.event_key = own_key(call.facts.event, call.facts.grant.is_copy),
                     .event_type = call.facts.event.type,
                     .destination_id = call.facts.place.destination_id};
}

StepBytes ask_in(Call& call, StateNumber state, EffectKind kind, BodyNeed body_need,
                 const void* effect) {
  std::array<std::byte, ticket_bytes_max> room;
  call.head = {.state = state, .awaits = kind, .body_need = body_need};
  return write_step(call, kind, body_need, encode_ticket(call, room), effect);
}

}  // namespace postern::gate
