#include "postern/scheme/decode_text.h"

#include "postern/encoding/base64.h"
#include "postern/encoding/hex.h"

namespace postern::scheme {

std::optional<Bytes> decode_text(Encoding encoding, std::string_view text, Arena& arena) {
  if (text.empty()) {
    return std::nullopt;
  }
  if (encoding == Encoding::text) {
    return bytes_of(text);
  }
  const MutableBytes room = arena.make_bytes(text.size());
  if (encoding == Encoding::hex || encoding == Encoding::hex_any) {
    return encoding::decode_hex(
        text, encoding == Encoding::hex ? encoding::HexCase::lower : encoding::HexCase::any, room);
  }
  return encoding::decode_base64(text,
                                 encoding == Encoding::base64 ? encoding::Base64Alphabet::standard
                                                              : encoding::Base64Alphabet::url,
                                 room);
}

}  // namespace postern::scheme
