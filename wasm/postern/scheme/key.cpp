#include "postern/scheme/key.h"

#include <algorithm>

#include "postern/base/check.h"
#include "postern/encoding/base64.h"
#include "postern/encoding/html.h"
#include "postern/scheme/decode_text.h"

namespace postern::scheme {
namespace {

using namespace std::string_view_literals;

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

/// The base64 between the armour lines of a PEM text. Empty for any other, and for one with
/// something behind it: of two keys nobody knows which one is meant.
std::string_view pem_lines(std::string_view text) {
  constexpr std::string_view begin = "-----BEGIN PUBLIC KEY-----";
  if (!text.starts_with(begin)) {
    return {};
  }
  constexpr std::string_view end = "-----END PUBLIC KEY-----";
  const std::string_view rest = text.substr(begin.size());
  const std::size_t at = rest.find(end);
  return at != rest.npos && is_blank(rest.substr(at + end.size())) ? rest.substr(0, at)
                                                                   : std::string_view{};
}

std::optional<Bytes> decode(KeyForm form, std::string_view text, Arena& arena) {
  switch (form) {
    case KeyForm::utf8:
    case KeyForm::fetched:
      return decode_text(Encoding::text, text, arena);
    case KeyForm::html:
      return bytes_of(encoding::decode_special_characters(text, arena.make_chars(text.size())));
    case KeyForm::hex:
      return decode_text(Encoding::hex_any, text, arena);
    case KeyForm::base64:
    case KeyForm::spki:
      return decode_text(Encoding::base64, text, arena);
    case KeyForm::base64url:
      return decode_text(Encoding::base64url, text, arena);
    case KeyForm::pem:
      POSTERN_CHECK(has_public_keys());
      return encoding::decode_base64_lines(pem_lines(text), arena);
  }
  trap();
}

}  // namespace

Result<Bytes, KeyFault> decode_secret(Algorithm algorithm, const KeyRule& rule,
                                      std::string_view text, Arena& arena) {
  if (text.size() > secret_text_bytes_max || is_blank(text)) {
    return refuse(KeyFault::undecodable);
  }
  const bool is_shared = !is_asymmetric(algorithm);
  if (is_shared && is_public_text(text)) {
    return refuse(KeyFault::public_text);
  }
  if (text.starts_with(rule.prefix)) {
    text.remove_prefix(rule.prefix.size());
  } else if (rule.prefix_rule == PrefixRule::required) {
    return refuse(KeyFault::undecodable);
  }
  const auto key = decode(rule.form, text, arena);
  if (!key.has_value() || key->empty() || key->size() < rule.bytes_min ||
      (rule.bytes_max != 0 && key->size() > rule.bytes_max)) {
    return refuse(KeyFault::undecodable);
  }
  // Of `user:password`, what has to be guessed.
  const std::size_t user = algorithm == Algorithm::basic ? text_of(*key).find(':') + 1 : 0;
  if (is_shared && is_repeated(key->subspan(user))) {
    return refuse(KeyFault::repeated);
  }
  // What stands in a `fetched` key's slot is an identifier; the key itself comes later.
  if (!is_shared && rule.form != KeyForm::fetched) {
    if (const auto fault = public_key_fault(algorithm, rule.form, *key); fault.has_value()) {
      return refuse(*fault);
    }
  }
  return *key;
}

KeyFormat format_of(KeyForm form) {
  return form == KeyForm::pem || form == KeyForm::spki ? KeyFormat::spki : KeyFormat::raw;
}

crypto::HashAlgorithm hash_of(Algorithm algorithm) {
  POSTERN_CHECK(is_mac(algorithm));
  return fact_of<&AlgorithmRow::hash>(algorithm);
}

}  // namespace postern::scheme
