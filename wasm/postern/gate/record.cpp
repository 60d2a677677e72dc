#include "postern/gate/record.h"

#include <array>

#include "postern/base/json_writer.h"
#include "postern/encoding/decimal.h"
#include "postern/encoding/hex.h"
#include "postern/encoding/rfc3339.h"
#include "postern/gate/ledger_rows.h"
#include "postern/gate/routed.h"

namespace postern::gate {
namespace {

/// One field of a record that is a number.
void number(JsonWriter& json, const char* name, std::uint64_t value) {
  std::array<char, encoding::decimal_characters_max> room;
  json.plain(name, encoding::encode_decimal(value, room));
}

/// What a record tells last, where it holds: names, in this order.
constexpr std::array mark_names = {
    "dead",          "observed",       "copy",          "ledger_was_down",
    "commit_failed", "release_failed", "limit_was_down"};

void write_event(JsonWriter& json, const Facts& facts) {
  std::array<char, 2 * scheme::event_key_bytes> hex;
  json.text("event_type", facts.event.type);
  json.text("event_key", encoding::encode_hex(own_key(facts.event, facts.grant.is_copy), hex));
  if (scheme::has_hint(facts.event)) {
    json.text("content_key", encoding::encode_hex(facts.event.key, hex));
  }
}

/// Which destination a run was for; empty where it was for none in particular, or none is left.
std::string_view destination_name(const Call& call) {
  const Place& place = call.facts.place;
  if (!call.facts.is_run || call.facts.run.is_whole || call.source == nullptr ||
      place.route >= call.source->policy->routes.size()) {
    return {};
  }
  const auto to = call.source->policy->routes[place.route].to;
  return place.destination < to.size() ? name_of(to[place.destination], *call.configuration.policy)
                                       : std::string_view{};
}

void write_marks(JsonWriter& json, const Call& call, bool is_observed) {
  const Facts& facts = call.facts;
  const std::array marks = {facts.is_run && facts.run.is_last_attempt,
                            is_observed,
                            facts.grant.is_copy,
                            facts.grant.ledger_was_down,
                            facts.commit_failed,
                            facts.release_failed,
                            call.arrival.limit_was_down};
  static_assert(marks.size() == mark_names.size());
  for (std::size_t i = 0; i < marks.size(); ++i) {
    if (marks[i]) {
      json.mark(mark_names[i]);
    }
  }
}

}  // namespace

std::string_view write_record(const Call& call, const Decision& decision, std::span<char> room) {
  const Facts& facts = call.facts;
  const http::Delivery& delivery = call.arrival.delivery;
  std::array<char, 2 * token_bytes> hex;
  std::array<char, encoding::rfc3339_millis_characters> time;
  JsonWriter json(room);
  json.text("time", encoding::encode_rfc3339_millis(delivery.received_ms, time));
  json.text("delivery", encoding::encode_hex(call.arrival.token, hex));
  if (const std::string_view name = source_name(call); !name.empty()) {
    json.text("source", name);
    json.text("provider", call.source == nullptr ? std::string_view{} : call.source->scheme->name);
  }
  if (!call.arrival.tenant.empty()) {
    json.text("tenant", call.arrival.tenant);
  }
  json.text("verdict", name_of(decision.verdict));
  json.text("reason", postern::name_of(decision.reason));
  number(json, "status", decision.status);
  number(json, "body_bytes", delivery.body_bytes);
  if (facts.is_authentic && !facts.is_run) {
    json.text("proof", scheme::name_of(facts.seal.proof));
    number(json, "secret_slot", facts.seal.slot);
  }
  write_signature_age(json, call);
  if (facts.has_event) {
    write_event(json, facts);
  }
  if (facts.grant.epoch != 0) {
    // As text: a store that restarts gives epochs beyond what a JSON reader keeps exactly.
    std::array<char, encoding::decimal_characters_max> digits;
    json.text("epoch", encoding::encode_decimal(facts.grant.epoch, digits));
  }
  if (facts.grant.maybe_duplicate) {
    json.mark("maybe_duplicate");
  }
  if (decision.origin_status != 0) {
    number(json, "origin_status", decision.origin_status);
  }
  if (const std::string_view name = destination_name(call); !name.empty()) {
    json.text("destination", name.substr(0, destination_name_bytes_max));
  }
  if (facts.is_run) {
    number(json, "attempt", facts.run.attempts + 1U);
    if (facts.run.delay_ms != 0) {
      number(json, "again_in_ms", facts.run.delay_ms);
    }
  }
  write_marks(json, call, facts.sending.by == Sending::By::observation);
  return json.finish();
}

}  // namespace postern::gate
