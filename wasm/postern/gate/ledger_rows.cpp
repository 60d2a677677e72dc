#include "postern/gate/ledger_rows.h"

#include <array>

#include "postern/crypto/sha2.h"
#include "postern/encoding/decimal.h"

namespace postern::gate {
scheme::EventKey own_key(const scheme::EventFacts& event, bool is_copy) {
  return is_copy ? scheme::copy_key_of(event.key, event.hint) : event.key;
}

scheme::EventKey row_key(const Facts& facts, bool is_copy) {
  const scheme::EventKey own = own_key(facts.event, is_copy);
  const Place& place = facts.place;
  if (place.is_first_destination) {
    return own;
  }
  std::array<std::byte, sizeof(std::uint32_t)> id;
  Writer writer(id);
  writer.u32(place.destination_id);
  crypto::Sha256 hash;
  hash.update(bytes_of("postern1.to"));
  hash.update(own);
  hash.update(writer.written());
  return hash.finish();
}

std::string_view source_name(const Call& call) {
  return call.source == nullptr ? call.facts.run.source_name : call.source->policy->name;
}

std::string_view shard_name(const Call& call) {
  std::array<char, encoding::decimal_characters_max> digits;
  const std::array<std::string_view, 3> parts = {
      source_name(call), "/", encoding::encode_decimal(call.facts.place.shard, digits)};
  return call.arena.join(parts);
}

[[gnu::noinline]] ledger::Operation operation_of(ledger::Verb verb) { return {.verb = verb}; }

ledger::Operation new_event_question(ledger::Verb verb, const Routed& routed) {
  const policy::Source& source = routed.source();
  ledger::Operation operation = operation_of(verb);
  if (!scheme::has_hint(routed.event())) {
    return operation;
  }
  const bool lets_copies_in = source.same_content != scheme::SameContent::refuse;
  operation.hint = routed.event().hint;
  operation.copies_max = lets_copies_in ? copies_max : std::uint16_t{0};
  operation.retain_ms =
      source.retain_ms +
      (verb == ledger::Verb::accept ? routed.route().retry.horizon_ms : source.lease_ms);
  return operation;
}

Bytes encoded(const Call& call, const ledger::Operation& operation) {
  return ledger::encode_operation(operation, call.arena.make_bytes(ledger::operation_bytes_max));
}

contract::Claim claim_of(const Call& call, ledger::Operation& operation) {
  contract::Claim claim{.shard = shard_name(call),
                        .key = row_key(call.facts, call.facts.grant.is_copy),
                        .wait_ms = 0,
                        .operation = encoded(call, operation),
                        .has_copy = operation.copies_max != 0,
                        .copy = {}};
  if (claim.has_copy) {
    operation.is_copy = true;
    claim.copy = {.key = row_key(call.facts, true), .operation = encoded(call, operation)};
  }
  return claim;
}

LedgerOutcome read_ledger_outcome(Reader& outcome) {
  LedgerOutcome result;
  const std::uint8_t is_there = outcome.u8();
  if (is_there == 1) {
    result.reply = ledger::decode_reply(bytes_of(outcome.text16()));
  }
  result.is_malformed =
      !outcome.finished() || is_there > 1 || result.reply.has_value() != (is_there == 1);
  return result;
}

}  // namespace postern::gate
