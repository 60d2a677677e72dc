#pragma once

#include <span>
#include <string_view>

#include "postern/base/json_writer.h"
#include "postern/gate/call.h"
#include "postern/gate/decision.h"

namespace postern::gate {

/// One decision record. All texts of it are limited, escapes at most sixfold.
inline constexpr std::size_t record_bytes_max = std::size_t{8} << 10;

/// Of a destination's name: enough to tell those of a route apart.
inline constexpr std::size_t destination_name_bytes_max = 256;

/// `write_record` writes the decision of a finished delivery as one JSON object without line
/// breaks. It holds no secret, no signature and nothing of the body but its event type.
[[nodiscard]] std::string_view write_record(const Call& call, const Decision& decision,
                                            std::span<char> room);

/// The field of a record that says how long ago the sender signed, where that is known.
void write_signature_age(JsonWriter& json, const Call& call);

}  // namespace postern::gate
