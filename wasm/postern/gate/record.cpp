#include "postern/gate/record.h"

#include <array>

#include "postern/base/json_writer.h"
#include "postern/base/word_list.h"
#include "postern/encoding/decimal.h"
#include "postern/encoding/hex.h"
#include "postern/encoding/rfc3339.h"

namespace postern::gate {
namespace {

using namespace std::string_view_literals;

/// One field of a record that is a number.
void number(JsonWriter& json, std::string_view name, std::uint64_t value) {
  std::array<char, encoding::decimal_characters_max> room;
  json.plain(name, encoding::encode_decimal(value, room));
}

/// Seconds since the sender signed; negative for a clock ahead of ours. Unix seconds.
void signature_age(JsonWriter& json, std::uint64_t now, std::uint64_t signed_at) {
  // Without a sign, so that no ticket's time overflows.
  const bool is_ahead = static_cast<std::int64_t>(now - signed_at) < 0;
  std::array<char, encoding::decimal_characters_max + 1> room;
  const std::uint64_t magnitude = is_ahead ? signed_at - now : now - signed_at;
  room[0] = '-';
  const std::string_view digits = encoding::encode_decimal(magnitude, std::span(room).subspan<1>());
  json.plain("signature_age_s",
             {is_ahead ? room.data() : room.data() + 1, digits.size() + (is_ahead ? 1 : 0)});
}

/// What a record tells last, where it holds: names and truth values, in this order.
constexpr std::array mark_names = {
    "dead"sv,          "observed"sv,       "copy"sv,          "ledger_was_down"sv,
    "commit_failed"sv, "release_failed"sv, "limit_was_down"sv};
constexpr auto mark_name_list = make_word_list<word_list_bytes(mark_names)>(mark_names);
constexpr std::array<bool Ticket::*, mark_names.size()> marks = {
    &Ticket::is_last_attempt, &Ticket::is_observed,   &Ticket::is_copy,
    &Ticket::ledger_was_down, &Ticket::commit_failed, &Ticket::release_failed,
    &Ticket::limit_was_down};

}  // namespace

std::string_view write_record(const Ticket& ticket, const RecordSubject& subject,
                              std::span<char> room) {
  std::array<char, 2 * scheme::event_key_bytes> hex;
  std::array<char, encoding::rfc3339_millis_characters> time;
  JsonWriter json(room);
  json.text("time", encoding::encode_rfc3339_millis(ticket.delivery.received_ms, time));
  json.text("delivery", encoding::encode_hex(ticket.token, hex));
  if (!subject.source.empty()) {
    json.text("source", subject.source);
    json.text("provider", subject.provider);
  }
  json.text("verdict", name_of(ticket.verdict));
  json.text("reason", postern::name_of(ticket.reason));
  number(json, "status", ticket.status);
  number(json, "body_bytes", ticket.delivery.body_bytes);
  if (!subject.proof.empty()) {
    json.text("proof", subject.proof);
    number(json, "secret_slot", ticket.seal.slot);
  }
  if (const auto& signed_at = ticket.seal.signed_at; signed_at.has_value()) {
    signature_age(json, ticket.delivery.received_ms / 1000, static_cast<std::uint64_t>(*signed_at));
  }
  if (subject.has_event) {
    json.text("event_type", ticket.event_type);
    json.text("event_key", encoding::encode_hex(own_key_of(ticket), hex));
    if (ticket.hint != scheme::EventHint{}) {
      json.text("content_key", encoding::encode_hex(ticket.key, hex));
    }
  }
  if (ticket.epoch != 0) {
    // As text: a store that restarts gives epochs beyond what a JSON reader keeps exactly.
    std::array<char, encoding::decimal_characters_max> digits;
    json.text("epoch", encoding::encode_decimal(ticket.epoch, digits));
  }
  if (ticket.maybe_duplicate) {
    json.plain("maybe_duplicate", "true");
  }
  if (ticket.origin_status != 0) {
    number(json, "origin_status", ticket.origin_status);
  }
  if (!subject.destination.empty()) {
    json.text("destination", subject.destination.substr(0, destination_name_bytes_max));
  }
  if (ticket.is_queue_run) {
    number(json, "attempt", ticket.attempts + 1U);
  }
  if (ticket.delay_ms != 0) {
    number(json, "again_in_ms", ticket.delay_ms);
  }
  WordList names(mark_name_list);
  for (bool Ticket::* const mark : marks) {
    const std::string_view name = names.next();
    if (ticket.*mark) {
      json.plain(name, "true");
    }
  }
  return json.finish();
}

}  // namespace postern::gate
