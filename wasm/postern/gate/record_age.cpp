#include <array>

#include "postern/base/json_writer.h"
#include "postern/encoding/decimal.h"
#include "postern/gate/record.h"

namespace postern::gate {
namespace {

/// Seconds since the sender signed; negative for a clock ahead of ours. Unix seconds.
void write_age(JsonWriter& json, std::uint64_t now, std::uint64_t signed_at) {
  // Without a sign, so that no ticket's time overflows.
  const bool is_ahead = static_cast<std::int64_t>(now - signed_at) < 0;
  std::array<char, encoding::decimal_characters_max + 1> room;
  const std::uint64_t magnitude = is_ahead ? signed_at - now : now - signed_at;
  room[0] = '-';
  const std::string_view digits = encoding::encode_decimal(magnitude, std::span(room).subspan<1>());
  json.plain("signature_age_s",
             {is_ahead ? room.data() : room.data() + 1, digits.size() + (is_ahead ? 1 : 0)});
}

}  // namespace

void write_signature_age(JsonWriter& json, const Call& call) {
  if (const auto& signed_at = call.facts.seal.signed_at; signed_at.has_value()) {
    write_age(json, call.arrival.delivery.received_ms / 1000,
              static_cast<std::uint64_t>(*signed_at));
  }
}

}  // namespace postern::gate
