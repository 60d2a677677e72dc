#include <cstdint>
#include <optional>
#include <utility>

#include "postern/base/fields.h"
#include "postern/base/wire.h"
#include "postern/ledger/ledger.h"

namespace postern::ledger {
namespace {

/// Rows outlive deployments: a change of a form's meaning or length is a new version.
constexpr std::uint8_t form_version = 3;
constexpr std::uint8_t row_version_without_hint = 2;
constexpr std::uint8_t row_version_without_due = 1;

constexpr auto row_fields = list_fields(
    POSTERN_ENUM_FIELD(Row, state, State::claimed, State::dead), POSTERN_FIELD(Row, epoch),
    POSTERN_FIELD(Row, owner), POSTERN_FIELD(Row, lease_until_ms),
    POSTERN_FIELD(Row, first_seen_ms), POSTERN_FIELD(Row, expires_ms), POSTERN_FIELD(Row, attempts),
    POSTERN_FIELD(Row, maybe_duplicate), POSTERN_FIELD(Row, status));
constexpr auto due_fields = list_fields(POSTERN_FIELD(Row, due_ms));
constexpr auto hint_fields =
    list_fields(POSTERN_FIELD(Row, hint), POSTERN_FIELD(Row, copies_until_ms),
                POSTERN_FIELD(Row, copies_since_ms), POSTERN_FIELD(Row, copies));

constexpr auto operation_fields =
    list_fields(POSTERN_ENUM_FIELD(Operation, verb, Verb::claim, Verb::redrive),
                POSTERN_FIELD(Operation, owner), POSTERN_FIELD(Operation, lease_ms),
                POSTERN_FIELD(Operation, retain_ms), POSTERN_FIELD(Operation, epoch),
                POSTERN_FIELD(Operation, status),
                POSTERN_ENUM_FIELD(Operation, outcome, Outcome::known, Outcome::unknown),
                POSTERN_FIELD(Operation, delay_ms), POSTERN_FIELD(Operation, hint),
                POSTERN_FIELD(Operation, copies_max), POSTERN_FIELD(Operation, is_copy));

constexpr auto reply_fields =
    list_fields(POSTERN_ENUM_FIELD(Reply, answer, Answer::granted, Answer::limited),
                POSTERN_FIELD(Reply, epoch), POSTERN_FIELD(Reply, maybe_duplicate),
                POSTERN_FIELD(Reply, wait_ms), POSTERN_FIELD(Reply, status),
                POSTERN_FIELD(Reply, attempts), POSTERN_FIELD(Reply, is_copy));

template <class Record>
Bytes encode(const auto& fields, const Record& record, MutableBytes room) {
  Writer writer(room);
  writer.u8(form_version);
  write_fields(fields, record, writer);
  return writer.written();
}

/// The record, if it was all there and nothing besides.
template <class Record>
std::optional<Record> decode(const auto& fields, Bytes bytes) {
  Reader reader(bytes);
  const bool is_known = reader.u8() == form_version;
  std::optional<Record> record(std::in_place);
  read_fields(fields, reader, *record);
  if (!is_known || !reader.finished()) {
    record.reset();
  }
  return record;
}

}  // namespace

Bytes encode_row(const Row& row, MutableBytes room) {
  Writer writer(room);
  if (row.state != State::absent) {
    writer.u8(form_version);
    write_fields(row_fields, row, writer);
    write_fields(due_fields, row, writer);
    write_fields(hint_fields, row, writer);
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
  read_fields(row_fields, reader, *row);
  if (version > row_version_without_due) {
    read_fields(due_fields, reader, *row);
  }
  if (version > row_version_without_hint) {
    read_fields(hint_fields, reader, *row);
  }
  const bool is_known = version > row_version_without_due
                            ? version <= form_version
                            : version == row_version_without_due && row->state <= State::done;
  if (!is_known || !reader.finished()) {
    row.reset();
  }
  return row;
}

Bytes encode_operation(const Operation& operation, MutableBytes room) {
  return encode(operation_fields, operation, room);
}

std::optional<Operation> decode_operation(Bytes bytes) {
  return decode<Operation>(operation_fields, bytes);
}

Bytes encode_reply(const Reply& reply, MutableBytes room) {
  return encode(reply_fields, reply, room);
}

std::optional<Reply> decode_reply(Bytes bytes) { return decode<Reply>(reply_fields, bytes); }

}  // namespace postern::ledger
