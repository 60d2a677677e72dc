#include "postern/gate/step_writer.h"

namespace postern::gate {

Writer start_step(Effect effect, BodyNeed need, Ticket& ticket, MutableBytes output) {
  ticket.needs_body = need == BodyNeed::next;
  std::array<std::byte, ticket_bytes_max> room;
  Writer writer(output);
  writer.u8(abi_version);
  writer.u8(static_cast<std::uint8_t>(effect));
  writer.u8(static_cast<std::uint8_t>(need));
  writer.text16(text_of(encode_ticket(ticket, room)));
  return writer;
}

Writer start_last_step(Effect effect, MutableBytes output) {
  Writer writer(output);
  writer.u8(abi_version);
  writer.u8(static_cast<std::uint8_t>(effect));
  writer.u8(static_cast<std::uint8_t>(BodyNeed::none));
  writer.text16({});
  return writer;
}

void write_pieces(std::span<const scheme::Piece> pieces, Writer& writer) {
  writer.u8(static_cast<std::uint8_t>(pieces.size()));
  for (const scheme::Piece& piece : pieces) {
    writer.u8(static_cast<std::uint8_t>(piece.kind));
    if (piece.kind == scheme::Piece::Kind::literal) {
      writer.text16(text_of(piece.bytes));
    }
  }
}

void write_operation(const ledger::Operation& operation, Writer& writer) {
  std::array<std::byte, ledger::operation_bytes_max> room;
  writer.text16(text_of(ledger::encode_operation(operation, room)));
}

bool are_small(std::span<const scheme::Piece> pieces) {
  std::size_t bytes = 0;
  for (const scheme::Piece& piece : pieces) {
    bytes += piece.bytes.size();
  }
  return bytes <= mac_literal_bytes_max;
}

}  // namespace postern::gate
