#include "gate/ticket.h"

#include <algorithm>

#include "base/wire.h"
#include "base/word_list.h"

namespace postern::gate {
namespace {

using namespace std::string_view_literals;

/// Stored tickets outlive deployments: a change of meaning or form is a new version.
constexpr std::uint8_t ticket_version = 2;

// Bits of the ticket's flags.
constexpr std::uint16_t https_bit = 1 << 0;
constexpr std::uint16_t signed_at_bit = 1 << 1;
constexpr std::uint16_t maybe_duplicate_bit = 1 << 2;
constexpr std::uint16_t ledger_was_down_bit = 1 << 3;
constexpr std::uint16_t commit_failed_bit = 1 << 4;
constexpr std::uint16_t release_failed_bit = 1 << 5;
constexpr std::uint16_t needs_body_bit = 1 << 6;
constexpr std::uint16_t limit_was_down_bit = 1 << 7;
constexpr std::uint16_t first_destination_bit = 1 << 8;
constexpr std::uint16_t queue_run_bit = 1 << 9;
constexpr std::uint16_t last_attempt_bit = 1 << 10;
constexpr std::uint16_t observed_bit = 1 << 11;
constexpr std::uint16_t whole_bit = 1 << 12;
constexpr std::uint16_t only_destination_bit = 1 << 13;
constexpr std::uint16_t all_bits = (1 << 14) - 1;

std::uint16_t flags_of(const Ticket& ticket) {
  unsigned flags = 0;
  flags |= ticket.delivery.transport == http::Transport::https ? https_bit : 0U;
  flags |= ticket.seal.signed_at.has_value() ? signed_at_bit : 0U;
  flags |= ticket.needs_body ? needs_body_bit : 0U;
  flags |= ticket.maybe_duplicate ? maybe_duplicate_bit : 0U;
  flags |= ticket.degraded.ledger_was_down ? ledger_was_down_bit : 0U;
  flags |= ticket.degraded.commit_failed ? commit_failed_bit : 0U;
  flags |= ticket.degraded.release_failed ? release_failed_bit : 0U;
  flags |= ticket.degraded.limit_was_down ? limit_was_down_bit : 0U;
  flags |= ticket.is_first_destination ? first_destination_bit : 0U;
  flags |= ticket.is_queue_run ? queue_run_bit : 0U;
  flags |= ticket.is_last_attempt ? last_attempt_bit : 0U;
  flags |= ticket.is_observed ? observed_bit : 0U;
  flags |= ticket.is_whole ? whole_bit : 0U;
  flags |= ticket.is_only_destination ? only_destination_bit : 0U;
  return static_cast<std::uint16_t>(flags);
}

void copy_into(std::span<std::byte> to, Bytes from) {
  if (from.size() == to.size()) {
    std::ranges::copy(from, to.begin());
  }
}

void write_delivery(const http::Delivery& delivery, Writer& writer) {
  writer.u64(delivery.received_ms);
  writer.u64(delivery.body_bytes);
  writer.text16(delivery.method);
  writer.text16(delivery.query);
  writer.text16(delivery.client_address);
  writer.u16(static_cast<std::uint16_t>(delivery.headers.size()));
  for (const http::Header& header : delivery.headers) {
    writer.text16(header.name);
    writer.text16(header.value);
  }
}

void read_delivery(Reader& reader, http::Delivery& delivery, Arena& arena) {
  delivery.received_ms = reader.u64();
  delivery.body_bytes = reader.u64();
  delivery.method = reader.text16();
  delivery.query = reader.text16();
  delivery.client_address = reader.text16();
  const std::span<http::Header> headers =
      arena.make_array<http::Header>(reader.count16(kept_headers_max));
  for (http::Header& header : headers) {
    header.name = reader.text16();
    header.value = reader.text16();
  }
  delivery.headers = headers;
}

template <class Enum>
Enum read_enum(Reader& reader, Enum last) {
  const std::uint8_t value = reader.u8();
  if (value > static_cast<std::uint8_t>(last)) {
    reader.fail();
  }
  return static_cast<Enum>(value);
}

/// By the numbers of the verdicts.
constexpr std::array verdicts = {"forwarded"sv, "duplicate"sv, "busy"sv,     "refused"sv,
                                 "handshake"sv, "accepted"sv,  "unrouted"sv, "failed"sv};
constexpr auto verdict_names = make_word_list<word_list_bytes(verdicts)>(verdicts);
static_assert(verdicts.size() == static_cast<std::size_t>(Verdict::failed) + 1);

}  // namespace

Bytes encode_ticket(const Ticket& ticket, MutableBytes room) {
  Writer writer(room);
  writer.u8(ticket_version);
  writer.u8(static_cast<std::uint8_t>(ticket.phase));
  writer.u16(flags_of(ticket));
  writer.u32(ticket.policy_id);
  writer.u16(ticket.source);
  writer.raw(ticket.token);
  writer.raw(ticket.owner);
  write_delivery(ticket.delivery, writer);
  writer.u16(ticket.seal.slot);
  writer.u8(ticket.seal.rule);
  writer.u64(static_cast<std::uint64_t>(ticket.seal.signed_at.value_or(0)));
  writer.raw(ticket.key);
  writer.text16(ticket.event_type);
  writer.u16(ticket.route);
  writer.u16(ticket.shard);
  writer.u8(ticket.destination);
  writer.u32(ticket.destination_id);
  writer.text16(ticket.source_name);
  writer.u16(ticket.attempts);
  writer.u32(ticket.delay_ms);
  writer.u64(ticket.claimed_at_ms);
  writer.u64(ticket.epoch);
  writer.u64(ticket.forwarded_at_seconds);
  writer.u16(ticket.origin_status);
  writer.u16(ticket.status);
  writer.u32(ticket.retry_after_seconds);
  writer.u8(static_cast<std::uint8_t>(ticket.verdict));
  writer.u8(static_cast<std::uint8_t>(ticket.reason));
  return writer.written();
}

std::optional<Ticket> decode_ticket(Bytes bytes, Arena& arena) {
  Reader reader(bytes);
  Ticket ticket;
  if (reader.u8() != ticket_version) {
    return std::nullopt;
  }
  ticket.phase = read_enum(reader, phase_last);
  const std::uint16_t flags = reader.u16();
  ticket.policy_id = reader.u32();
  ticket.source = reader.u16();
  copy_into(ticket.token, reader.raw(token_bytes));
  copy_into(ticket.owner, reader.raw(token_bytes));
  read_delivery(reader, ticket.delivery, arena);
  ticket.seal.slot = reader.u16();
  ticket.seal.rule = reader.u8();
  const auto signed_at = static_cast<std::int64_t>(reader.u64());
  copy_into(ticket.key, reader.raw(scheme::event_key_bytes));
  ticket.event_type = reader.text16();
  ticket.route = reader.u16();
  ticket.shard = reader.u16();
  ticket.destination = reader.u8();
  ticket.destination_id = reader.u32();
  ticket.source_name = reader.text16();
  ticket.attempts = reader.u16();
  ticket.delay_ms = reader.u32();
  ticket.claimed_at_ms = reader.u64();
  ticket.epoch = reader.u64();
  ticket.forwarded_at_seconds = reader.u64();
  ticket.origin_status = reader.u16();
  ticket.status = reader.u16();
  ticket.retry_after_seconds = reader.u32();
  ticket.verdict = read_enum(reader, Verdict::failed);
  ticket.reason = read_enum(reader, reason_last);
  if (!reader.finished() || bytes.size() > ticket_bytes_max || (flags & ~all_bits) != 0 ||
      ticket.phase == Phase{} || ticket.event_type.size() > scheme::event_type_bytes_max ||
      ((flags & signed_at_bit) == 0 && signed_at != 0)) {
    return std::nullopt;
  }
  ticket.delivery.transport =
      (flags & https_bit) != 0 ? http::Transport::https : http::Transport::plain;
  if ((flags & signed_at_bit) != 0) {
    ticket.seal.signed_at = signed_at;
  }
  ticket.needs_body = (flags & needs_body_bit) != 0;
  ticket.maybe_duplicate = (flags & maybe_duplicate_bit) != 0;
  ticket.degraded = {.ledger_was_down = (flags & ledger_was_down_bit) != 0,
                     .commit_failed = (flags & commit_failed_bit) != 0,
                     .release_failed = (flags & release_failed_bit) != 0,
                     .limit_was_down = (flags & limit_was_down_bit) != 0};
  ticket.is_first_destination = (flags & first_destination_bit) != 0;
  ticket.is_queue_run = (flags & queue_run_bit) != 0;
  ticket.is_last_attempt = (flags & last_attempt_bit) != 0;
  ticket.is_observed = (flags & observed_bit) != 0;
  ticket.is_whole = (flags & whole_bit) != 0;
  ticket.is_only_destination = (flags & only_destination_bit) != 0;
  return ticket;
}

std::string_view name_of(Verdict verdict) {
  return WordList(verdict_names).at(static_cast<std::size_t>(verdict));
}

}  // namespace postern::gate
