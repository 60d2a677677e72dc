#include <algorithm>
#include <cstdint>
#include <optional>

#include "base/wire.h"
#include "ledger/ledger.h"

namespace postern::ledger {
namespace {

/// Rows outlive deployments: a change of a form's meaning or length is a new version.
constexpr std::uint8_t form_version = 2;
constexpr std::uint8_t row_version_without_due = 1;

void write_flag(Writer& writer, bool flag) { writer.u8(flag ? 1 : 0); }

void read_version(Reader& reader) {
  if (reader.u8() != form_version) {
    reader.fail();
  }
}

bool read_flag(Reader& reader) {
  const std::uint8_t flag = reader.u8();
  if (flag > 1) {
    reader.fail();
  }
  return flag == 1;
}

/// Reads an enumerator whose type has every value from `first` to `last`.
template <class Enumeration>
Enumeration read_enumerator(Reader& reader, Enumeration first, Enumeration last) {
  const auto value = static_cast<Enumeration>(reader.u8());
  if (value < first || value > last) {
    reader.fail();
  }
  return value;
}

Owner read_owner(Reader& reader) {
  Owner owner{};
  std::ranges::copy(reader.raw(owner_bytes), owner.begin());
  return owner;
}

/// The value, if it was all there and nothing besides.
template <class Value>
std::optional<Value> when_finished(const Reader& reader, const Value& value) {
  return reader.finished() ? std::optional<Value>(value) : std::nullopt;
}

}  // namespace

Bytes encode_row(const Row& row, MutableBytes room) {
  Writer writer(room);
  if (row.state == State::absent) {
    return writer.written();
  }
  writer.u8(form_version);
  writer.u8(static_cast<std::uint8_t>(row.state));
  writer.u64(row.epoch);
  writer.raw(row.owner);
  writer.u64(row.lease_until_ms);
  writer.u64(row.first_seen_ms);
  writer.u64(row.expires_ms);
  writer.u16(row.attempts);
  write_flag(writer, row.maybe_duplicate);
  writer.u16(row.status);
  writer.u64(row.due_ms);
  return writer.written();
}

std::optional<Row> decode_row(Bytes bytes) {
  if (bytes.empty()) {
    return Row{};
  }
  Reader reader(bytes);
  const std::uint8_t version = reader.u8();
  const bool has_due = version != row_version_without_due;
  if (has_due && version != form_version) {
    reader.fail();
  }
  // Braced initializers are evaluated in order, so each field reads the bytes that are its own.
  const Row row{
      .state = read_enumerator(reader, State::claimed, has_due ? State::dead : State::done),
      .epoch = reader.u64(),
      .owner = read_owner(reader),
      .lease_until_ms = reader.u64(),
      .first_seen_ms = reader.u64(),
      .expires_ms = reader.u64(),
      .attempts = reader.u16(),
      .maybe_duplicate = read_flag(reader),
      .status = reader.u16(),
      .due_ms = has_due ? reader.u64() : 0,
  };
  return when_finished(reader, row);
}

Bytes encode_operation(const Operation& operation, MutableBytes room) {
  Writer writer(room);
  writer.u8(form_version);
  writer.u8(static_cast<std::uint8_t>(operation.verb));
  writer.raw(operation.owner);
  writer.u32(operation.lease_ms);
  writer.u64(operation.retain_ms);
  writer.u64(operation.epoch);
  writer.u16(operation.status);
  writer.u8(static_cast<std::uint8_t>(operation.outcome));
  writer.u32(operation.delay_ms);
  return writer.written();
}

std::optional<Operation> decode_operation(Bytes bytes) {
  Reader reader(bytes);
  read_version(reader);
  const Operation operation{
      .verb = read_enumerator(reader, Verb::claim, Verb::reopen),
      .owner = read_owner(reader),
      .lease_ms = reader.u32(),
      .retain_ms = reader.u64(),
      .epoch = reader.u64(),
      .status = reader.u16(),
      .outcome = read_enumerator(reader, Outcome::known, Outcome::unknown),
      .delay_ms = reader.u32(),
  };
  return when_finished(reader, operation);
}

Bytes encode_reply(const Reply& reply, MutableBytes room) {
  Writer writer(room);
  writer.u8(form_version);
  writer.u8(static_cast<std::uint8_t>(reply.answer));
  writer.u64(reply.epoch);
  write_flag(writer, reply.maybe_duplicate);
  writer.u64(reply.wait_ms);
  writer.u16(reply.status);
  writer.u16(reply.attempts);
  return writer.written();
}

std::optional<Reply> decode_reply(Bytes bytes) {
  Reader reader(bytes);
  read_version(reader);
  const Reply reply{
      .answer = read_enumerator(reader, Answer::granted, Answer::accepted),
      .epoch = reader.u64(),
      .maybe_duplicate = read_flag(reader),
      .wait_ms = reader.u64(),
      .status = reader.u16(),
      .attempts = reader.u16(),
  };
  return when_finished(reader, reply);
}

}  // namespace postern::ledger
