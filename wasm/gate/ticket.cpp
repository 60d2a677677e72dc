#include "gate/ticket.h"

#include <array>
#include <utility>

#include "base/wire.h"
#include "base/word_list.h"
#include "gate/header_list.h"

namespace postern::gate {
namespace {

using namespace std::string_view_literals;

/// Stored tickets outlive deployments: a change of meaning or form is a new version.
constexpr std::uint8_t ticket_version = 2;

// Bits of the ticket's flags. Those from `truths_bit` on are the truth values below, in this order.
constexpr unsigned https_bit = 1U << 0;
constexpr unsigned signed_at_bit = 1U << 1;
constexpr unsigned truths_bit = 1U << 2;

constexpr std::array<bool Ticket::*, 12> truths = {
    &Ticket::maybe_duplicate,      &Ticket::ledger_was_down, &Ticket::commit_failed,
    &Ticket::release_failed,       &Ticket::needs_body,      &Ticket::limit_was_down,
    &Ticket::is_first_destination, &Ticket::is_queue_run,    &Ticket::is_last_attempt,
    &Ticket::is_observed,          &Ticket::is_whole,        &Ticket::is_only_destination};

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

// What a ticket has besides its delivery's headers: the fields before them, and those behind.

void carry_first(Fields fields, Ticket& ticket, std::uint16_t& flags) {
  fields.enumerator(ticket.phase, Phase::limit_address, phase_last);
  fields.number(flags);
  fields.number(ticket.policy_id);
  fields.number(ticket.source);
  fields.raw(ticket.token);
  fields.raw(ticket.owner);
  fields.number(ticket.delivery.received_ms);
  fields.number(ticket.delivery.body_bytes);
  fields.text16(ticket.delivery.method);
  fields.text16(ticket.delivery.query);
  fields.text16(ticket.delivery.client_address);
}

void carry_last(Fields fields, Ticket& ticket, std::uint64_t& signed_at) {
  fields.number(ticket.seal.slot);
  fields.number(ticket.seal.rule);
  fields.number(signed_at);
  fields.raw(ticket.key);
  fields.text16(ticket.event_type);
  fields.number(ticket.route);
  fields.number(ticket.shard);
  fields.number(ticket.destination);
  fields.number(ticket.destination_id);
  fields.text16(ticket.source_name);
  fields.number(ticket.attempts);
  fields.number(ticket.delay_ms);
  fields.number(ticket.claimed_at_ms);
  fields.number(ticket.epoch);
  fields.number(ticket.forwarded_at_seconds);
  fields.number(ticket.origin_status);
  fields.number(ticket.status);
  fields.number(ticket.retry_after_seconds);
  fields.enumerator(ticket.verdict, Verdict::forwarded, Verdict::failed);
  fields.enumerator(ticket.reason, Reason::none, reason_last);
}

/// By the numbers of the verdicts.
constexpr std::array verdicts = {"forwarded"sv, "duplicate"sv, "busy"sv,     "refused"sv,
                                 "handshake"sv, "accepted"sv,  "unrouted"sv, "failed"sv};
constexpr auto verdict_names = make_word_list<word_list_bytes(verdicts)>(verdicts);
static_assert(verdicts.size() == static_cast<std::size_t>(Verdict::failed) + 1);

}  // namespace

Ticket::Ticket() = default;

Bytes encode_ticket(const Ticket& ticket, MutableBytes room) {
  Writer writer(room);
  writer.u8(ticket_version);
  Ticket copy = ticket;  // What carries fields both ways may change them.
  std::uint16_t flags = flags_of(ticket);
  auto signed_at = static_cast<std::uint64_t>(ticket.seal.signed_at.value_or(0));
  carry_first(Fields(writer), copy, flags);
  write_headers(ticket.delivery.headers, writer);
  carry_last(Fields(writer), copy, signed_at);
  return writer.written();
}

std::optional<Ticket> decode_ticket(Bytes bytes, Arena& arena) {
  Reader reader(bytes);
  const bool is_known = reader.u8() == ticket_version;
  std::optional<Ticket> ticket(std::in_place);
  std::uint16_t flags = 0;
  std::uint64_t signed_at = 0;
  carry_first(Fields(reader), *ticket, flags);
  ticket->delivery.headers = read_headers(reader, kept_headers_max, arena);
  carry_last(Fields(reader), *ticket, signed_at);
  const bool is_signed_at = (flags & signed_at_bit) != 0;
  if (is_signed_at) {
    ticket->seal.signed_at = static_cast<std::int64_t>(signed_at);
  }
  if (!is_known || !reader.finished() || !read_flags(flags, *ticket) ||
      bytes.size() > ticket_bytes_max || ticket->event_type.size() > scheme::event_type_bytes_max ||
      (!is_signed_at && signed_at != 0)) {
    ticket.reset();
  }
  return ticket;
}

std::string_view name_of(Verdict verdict) {
  return WordList(verdict_names).at(static_cast<std::size_t>(verdict));
}

}  // namespace postern::gate
