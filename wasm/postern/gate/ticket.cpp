#include "postern/gate/ticket.h"

#include <array>
#include <utility>

#include "postern/base/fields.h"
#include "postern/base/wire.h"
#include "postern/base/word_list.h"
#include "postern/gate/header_list.h"

namespace postern::gate {
namespace {

using namespace std::string_view_literals;

/// Stored tickets outlive deployments: a change of meaning or form is a new version.
constexpr std::uint8_t ticket_version = 3;

// Bits of the ticket's flags. Those from `truths_bit` on are the truth values below, in this order.
constexpr unsigned https_bit = 1U << 0;
constexpr unsigned signed_at_bit = 1U << 1;
constexpr unsigned truths_bit = 1U << 2;

constexpr std::array<bool Ticket::*, 13> truths = {&Ticket::maybe_duplicate,
                                                   &Ticket::ledger_was_down,
                                                   &Ticket::commit_failed,
                                                   &Ticket::release_failed,
                                                   &Ticket::needs_body,
                                                   &Ticket::limit_was_down,
                                                   &Ticket::is_first_destination,
                                                   &Ticket::is_queue_run,
                                                   &Ticket::is_last_attempt,
                                                   &Ticket::is_observed,
                                                   &Ticket::is_whole,
                                                   &Ticket::is_only_destination,
                                                   &Ticket::is_copy};

std::uint16_t flags_of(const Ticket& ticket) {
  unsigned flags = 0;
  flags |= ticket.delivery.transport == http::Transport::https ? https_bit : 0U;
  flags |= ticket.seal.signed_at.has_value() ? signed_at_bit : 0U;
  unsigned bit = truths_bit;
  for (bool Ticket::* const truth : truths) {
    flags |= ticket.*truth ? bit : 0U;
    bit <<= 1;
  }
  return static_cast<std::uint16_t>(flags);
}

/// Sets the truth values; whether `flags` has no other bits than those that there are.
bool read_flags(unsigned flags, Ticket& ticket) {
  ticket.delivery.transport =
      (flags & https_bit) != 0 ? http::Transport::https : http::Transport::plain;
  flags /= truths_bit;
  for (bool Ticket::* const truth : truths) {
    ticket.*truth = (flags & 1) != 0;
    flags >>= 1;
  }
  return flags == 0;
}

// The fields of a ticket; between these lists stand the flags, the headers and the signed time.

constexpr auto phase_fields =
    list_fields(POSTERN_ENUM_FIELD(Ticket, phase, Phase::limit_address, phase_last));
constexpr auto delivery_fields = list_fields(
    POSTERN_FIELD(Ticket, policy_id), POSTERN_FIELD(Ticket, source), POSTERN_FIELD(Ticket, token),
    POSTERN_FIELD(Ticket, owner), POSTERN_FIELD(Ticket, delivery.received_ms),
    POSTERN_FIELD(Ticket, delivery.body_bytes), POSTERN_FIELD(Ticket, delivery.method),
    POSTERN_FIELD(Ticket, delivery.query), POSTERN_FIELD(Ticket, delivery.client_address),
    POSTERN_ENUM_FIELD(Ticket, delivery.body_form, http::BodyForm::unknown, http::body_form_last));
constexpr auto seal_fields =
    list_fields(POSTERN_FIELD(Ticket, seal.slot), POSTERN_FIELD(Ticket, seal.rule),
                POSTERN_ENUM_FIELD(Ticket, seal.proof, scheme::Proof::none, scheme::Proof::token));
constexpr auto event_fields = list_fields(
    POSTERN_FIELD(Ticket, key), POSTERN_FIELD(Ticket, hint), POSTERN_FIELD(Ticket, event_type),
    POSTERN_FIELD(Ticket, sender_id), POSTERN_FIELD(Ticket, route), POSTERN_FIELD(Ticket, shard),
    POSTERN_FIELD(Ticket, destination), POSTERN_FIELD(Ticket, destination_id),
    POSTERN_FIELD(Ticket, source_name), POSTERN_FIELD(Ticket, attempts),
    POSTERN_FIELD(Ticket, delay_ms), POSTERN_FIELD(Ticket, claimed_at_ms),
    POSTERN_FIELD(Ticket, epoch), POSTERN_FIELD(Ticket, forwarded_at_seconds),
    POSTERN_FIELD(Ticket, origin_status), POSTERN_FIELD(Ticket, status),
    POSTERN_FIELD(Ticket, retry_after_seconds),
    POSTERN_ENUM_FIELD(Ticket, verdict, Verdict::forwarded, Verdict::failed),
    POSTERN_ENUM_FIELD(Ticket, reason, Reason::none, reason_last));

/// By the numbers of the verdicts.
constexpr std::array verdicts = {"forwarded"sv, "duplicate"sv, "busy"sv,     "refused"sv,
                                 "handshake"sv, "accepted"sv,  "unrouted"sv, "failed"sv};
constexpr auto verdict_names = make_word_list<word_list_bytes(verdicts)>(verdicts);
static_assert(verdicts.size() == static_cast<std::size_t>(Verdict::failed) + 1);

}  // namespace

Ticket::Ticket() = default;

scheme::EventKey own_key_of(const Ticket& ticket) {
  return ticket.is_copy ? scheme::copy_key_of(ticket.key, ticket.hint) : ticket.key;
}

Bytes encode_ticket(const Ticket& ticket, MutableBytes room) {
  Writer writer(room);
  writer.u8(ticket_version);
  write_fields(phase_fields, ticket, writer);
  writer.u16(flags_of(ticket));
  write_fields(delivery_fields, ticket, writer);
  write_headers(ticket.delivery.headers, writer);
  write_fields(seal_fields, ticket, writer);
  writer.u64(static_cast<std::uint64_t>(ticket.seal.signed_at.value_or(0)));
  write_fields(event_fields, ticket, writer);
  return writer.written();
}

std::optional<Ticket> decode_ticket(Bytes bytes, Arena& arena) {
  Reader reader(bytes);
  const bool is_known = reader.u8() == ticket_version;
  std::optional<Ticket> ticket(std::in_place);
  read_fields(phase_fields, reader, *ticket);
  const std::uint16_t flags = reader.u16();
  read_fields(delivery_fields, reader, *ticket);
  ticket->delivery.headers = read_headers(reader, kept_headers_max, arena);
  read_fields(seal_fields, reader, *ticket);
  const std::uint64_t signed_at = reader.u64();
  read_fields(event_fields, reader, *ticket);
  const bool is_signed_at = (flags & signed_at_bit) != 0;
  if (is_signed_at) {
    ticket->seal.signed_at = static_cast<std::int64_t>(signed_at);
  }
  if (!is_known || !reader.finished() || !read_flags(flags, *ticket) ||
      bytes.size() > ticket_bytes_max || ticket->event_type.size() > scheme::event_type_bytes_max ||
      ticket->sender_id.size() > scheme::identity_bytes_max || (!is_signed_at && signed_at != 0)) {
    ticket.reset();
  }
  return ticket;
}

std::string_view name_of(Verdict verdict) {
  return WordList(verdict_names).at(static_cast<std::size_t>(verdict));
}

}  // namespace postern::gate
