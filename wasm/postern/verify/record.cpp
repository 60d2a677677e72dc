#include "postern/gate/record.h"

#include <array>

#include "postern/base/json_writer.h"
#include "postern/encoding/decimal.h"

namespace postern::gate {

/// No more than what came of it and when it was signed: who asks has the delivery, and nobody keeps
/// this.
std::string_view write_record(const Call& call, const Decision& decision, std::span<char> room) {
  JsonWriter json(room);
  json.text("verdict", name_of(decision.verdict));
  json.text("reason", postern::name_of(decision.reason));
  std::array<char, encoding::decimal_characters_max> digits;
  json.plain("status", encoding::encode_decimal(decision.status, digits));
  write_signature_age(json, call);
  return json.finish();
}

}  // namespace postern::gate
