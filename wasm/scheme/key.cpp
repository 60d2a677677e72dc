#include "scheme/key.h"

#include <algorithm>

#include "base/check.h"
#include "encoding/base64.h"
#include "encoding/hex.h"

namespace postern::scheme {
namespace {

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

std::optional<Bytes> from_base64(std::string_view text, Arena& arena) {
  const auto decoded = encoding::decode_base64(text, encoding::Base64Alphabet::standard,
                                               arena.make_bytes(text.size()));
  return decoded.has_value() ? std::optional<Bytes>(*decoded) : std::nullopt;
}

/// The base64 between the armour lines of a PEM text, without its line breaks. Empty for any other.
std::string_view pem_payload(std::string_view text, Arena& arena) {
  constexpr std::string_view begin = "-----BEGIN PUBLIC KEY-----";
  constexpr std::string_view end = "-----END PUBLIC KEY-----";
  const std::size_t from = text.find(begin);
  const std::size_t to = text.find(end);
  if (from != 0 || to == std::string_view::npos || to < begin.size()) {
    return {};
  }
  const std::string_view lines = text.substr(begin.size(), to - begin.size());
  const std::span<char> room = arena.make_chars(lines.size());
  std::size_t count = 0;
  for (const char c : lines) {
    if (c != '\n' && c != '\r') {
      room[count++] = c;
    }
  }
  return {room.data(), count};
}

std::optional<Bytes> decode(KeyForm form, std::string_view text, Arena& arena) {
  switch (form) {
    case KeyForm::utf8:
    case KeyForm::fetched:
      return bytes_of(text);
    case KeyForm::hex: {
      const auto decoded = encoding::decode_hex(text, arena.make_bytes(text.size() / 2));
      return decoded.has_value() ? std::optional<Bytes>(*decoded) : std::nullopt;
    }
    case KeyForm::base64:
    case KeyForm::spki:
      return from_base64(text, arena);
    case KeyForm::pem:
      return from_base64(pem_payload(text, arena), arena);
  }
  trap();
}

}  // namespace

std::optional<Bytes> decode_secret(const KeyRule& rule, std::string_view text, Arena& arena) {
  if (text.size() > secret_text_bytes_max || is_blank(text)) {
    return std::nullopt;
  }
  if (text.starts_with(rule.prefix)) {
    text.remove_prefix(rule.prefix.size());
  } else if (rule.prefix_rule == PrefixRule::required) {
    return std::nullopt;
  }
  const auto key = decode(rule.form, text, arena);
  if (!key.has_value() || key->empty() || key->size() < rule.bytes_min ||
      (rule.bytes_max != 0 && key->size() > rule.bytes_max)) {
    return std::nullopt;
  }
  return key;
}

KeyFormat format_of(KeyForm form) {
  return form == KeyForm::pem || form == KeyForm::spki ? KeyFormat::spki : KeyFormat::raw;
}

crypto::HashAlgorithm hash_of(Algorithm algorithm) {
  POSTERN_CHECK(is_hmac(algorithm));
  return static_cast<crypto::HashAlgorithm>(algorithm);
}

static_assert(static_cast<int>(Algorithm::hmac_sha1) ==
              static_cast<int>(crypto::HashAlgorithm::sha1));
static_assert(static_cast<int>(Algorithm::hmac_sha512) ==
              static_cast<int>(crypto::HashAlgorithm::sha512));

}  // namespace postern::scheme
