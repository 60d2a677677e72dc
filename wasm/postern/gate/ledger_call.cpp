#include <array>
#include <optional>

#include "postern/base/wire.h"
#include "postern/gate/machine.h"
#include "postern/ledger/ledger.h"

namespace postern::gate {

Bytes ledger_call(Bytes frame, MutableBytes output) {
  Reader reader(frame);
  const bool is_known = reader.u8() == abi_version;
  const ledger::Clock clock{.now_ms = reader.u64(), .started_ms = reader.u64()};
  const auto row = ledger::decode_row(bytes_of(reader.text16()));
  // The store's own operation has no form: no effect brings it.
  const Bytes asked = bytes_of(reader.text16());
  const auto operation = asked.empty()
                             ? std::optional(ledger::Operation{.verb = ledger::Verb::give_up})
                             : ledger::decode_operation(asked);
  if (!is_known || !reader.finished() || !row.has_value() || !operation.has_value()) {
    return {};
  }
  const ledger::Transition transition = ledger::apply(*row, *operation, clock);
  std::array<std::byte, ledger::row_bytes_max> row_room;
  std::array<std::byte, ledger::reply_bytes_max> reply_room;
  Writer writer(output);
  writer.u8(abi_version);
  writer.u8(static_cast<std::uint8_t>(transition.keep));
  writer.u64(transition.row.expires_ms);
  writer.u64(ledger::due_of(transition.row));
  writer.text16(text_of(ledger::encode_row(transition.row, row_room)));
  writer.u8(static_cast<std::uint8_t>(transition.reply.answer));
  writer.u64(transition.reply.wait_ms);
  writer.text16(text_of(ledger::encode_reply(transition.reply, reply_room)));
  return writer.written();
}

}  // namespace postern::gate
