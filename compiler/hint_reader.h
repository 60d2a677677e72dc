#pragma once

#include "compiler/source_reader.h"

namespace postern::compiler {

/// `read_hint` reads what `[event]` says of events with one identity, `same_content`, `hint` and
/// `types`, into a rule whose identity and type have been read. The catalogue must say
/// `same_content` where the identity is a digest.
void read_hint(TableReader& reader, SchemeUse use, scheme::EventRule& rule, SchemeModel& model,
               Storage& storage);

/// `can_send_equal_events` says whether two events of the sender can be equal in all that it sends:
/// nothing could be a hint then.
[[nodiscard]] bool can_send_equal_events(const SchemeModel& scheme);

/// `read_same_content` reads `on_same_content` of a source whose identity, `allow_events` and
/// routes have been read, and lists the types that count as different: those that the provider's
/// file and `allow_events` list, and those that a route names, which may lead to another origin.
void read_same_content(TableReader& reader, SourceModel& source, PolicyReading& reading);

}  // namespace postern::compiler
