#pragma once

#include <span>
#include <string_view>

#include "postern/base/bytes.h"
#include "postern/base/wire.h"
#include "postern/gate/effect.h"
#include "postern/gate/ticket.h"
#include "postern/ledger/ledger.h"
#include "postern/scheme/content.h"

namespace postern::gate {

/// Whether the next `resume` must bring the delivery's body into the module.
enum class BodyNeed : std::uint8_t { none = 0, next = 1 };

/// Starts one step in `output`: its head and ticket are written, the effect's payload follows. The
/// ticket remembers `need`.
[[nodiscard]] Writer start_step(Effect effect, BodyNeed need, Ticket& ticket, MutableBytes output);

/// Starts the last step of a delivery, which has no ticket.
[[nodiscard]] Writer start_last_step(Effect effect, MutableBytes output);

/// The pieces of a content as effects carry them.
void write_pieces(std::span<const scheme::Piece> pieces, Writer& writer);

/// A ledger operation as effects carry it.
void write_operation(const ledger::Operation& operation, Writer& writer);

/// `are_small` says whether pieces fit a `mac` effect.
[[nodiscard]] bool are_small(std::span<const scheme::Piece> pieces);

}  // namespace postern::gate
