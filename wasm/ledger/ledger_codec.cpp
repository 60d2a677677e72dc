#include <cstdint>
#include <optional>
#include <utility>

#include "base/wire.h"
#include "ledger/ledger.h"

namespace postern::ledger {
namespace {

/// Rows outlive deployments: a change of a form's meaning or length is a new version.
constexpr std::uint8_t form_version = 2;
constexpr std::uint8_t row_version_without_due = 1;

void carry(Fields fields, Row& row, std::uint8_t version) {
  const bool has_due = version != row_version_without_due;
  fields.enumerator(row.state, State::claimed, has_due ? State::dead : State::done);
  fields.number(row.epoch);
  fields.raw(row.owner);
  fields.number(row.lease_until_ms);
  fields.number(row.first_seen_ms);
  fields.number(row.expires_ms);
  fields.number(row.attempts);
  fields.flag(row.maybe_duplicate);
  fields.number(row.status);
  if (has_due) {
    fields.number(row.due_ms);
  }
}

void carry(Fields fields, Operation& operation) {
  fields.enumerator(operation.verb, Verb::claim, Verb::reopen);
  fields.raw(operation.owner);
  fields.number(operation.lease_ms);
  fields.number(operation.retain_ms);
  fields.number(operation.epoch);
  fields.number(operation.status);
  fields.enumerator(operation.outcome, Outcome::known, Outcome::unknown);
  fields.number(operation.delay_ms);
}

void carry(Fields fields, Reply& reply) {
  fields.enumerator(reply.answer, Answer::granted, Answer::accepted);
  fields.number(reply.epoch);
  fields.flag(reply.maybe_duplicate);
  fields.number(reply.wait_ms);
  fields.number(reply.status);
  fields.number(reply.attempts);
}

template <class Value>
Bytes encode(const Value& value, MutableBytes room) {
  Writer writer(room);
  writer.u8(form_version);
  Value copy = value;  // What carries fields both ways may change them.
  carry(Fields(writer), copy);
  return writer.written();
}

/// The value, if it was all there and nothing besides.
template <class Value>
std::optional<Value> decode(Bytes bytes) {
  Reader reader(bytes);
  const bool is_known = reader.u8() == form_version;
  std::optional<Value> value(std::in_place);
  carry(Fields(reader), *value);
  if (!is_known || !reader.finished()) {
    value.reset();
  }
  return value;
}

}  // namespace

Bytes encode_row(const Row& row, MutableBytes room) {
  Writer writer(room);
  if (row.state != State::absent) {
    writer.u8(form_version);
    Row copy = row;
    carry(Fields(writer), copy, form_version);
  }
  return writer.written();
}

std::optional<Row> decode_row(Bytes bytes) {
  std::optional<Row> row(std::in_place);
  if (bytes.empty()) {
    return row;
  }
  Reader reader(bytes);
  const std::uint8_t version = reader.u8();
  carry(Fields(reader), *row, version);
  if ((version != form_version && version != row_version_without_due) || !reader.finished()) {
    row.reset();
  }
  return row;
}

Bytes encode_operation(const Operation& operation, MutableBytes room) {
  return encode(operation, room);
}

std::optional<Operation> decode_operation(Bytes bytes) { return decode<Operation>(bytes); }

Bytes encode_reply(const Reply& reply, MutableBytes room) { return encode(reply, room); }

std::optional<Reply> decode_reply(Bytes bytes) { return decode<Reply>(bytes); }

}  // namespace postern::ledger
