#include "compiler/secret_bytes.h"

#include <fmt/format.h>

#include <array>
#include <utility>
#include <vector>

#include "compiler/public_key_text.h"
#include "compiler/scheme_reader.h"
#include "postern/base/arena.h"
#include "postern/base/bytes.h"
#include "postern/crypto/hash.h"
#include "postern/scheme/key.h"

namespace postern::compiler {
namespace {

using scheme::Algorithm;
using scheme::KeyForm;

std::string_view words_for(KeyForm form) {
  switch (form) {
    case KeyForm::utf8:
      return "a text";
    case KeyForm::html:
      return "the text as the sender shows it";
    case KeyForm::hex:
      return "hex";
    case KeyForm::base64:
      return "base64";
    case KeyForm::base64url:
      return "base64 with the alphabet for URLs, without padding";
    case KeyForm::pem:
      return "PEM that begins with `-----BEGIN PUBLIC KEY-----`";
    case KeyForm::spki:
      return "a SubjectPublicKeyInfo in base64";
    case KeyForm::fetched:
      return "the identifier that the sender gave";
  }
  return "";
}

std::string show_lengths(const scheme::KeyRule& key) {
  if (key.bytes_max == 0) {
    return {};
  }
  return key.bytes_min == key.bytes_max
             ? fmt::format(" of {} bytes", key.bytes_min)
             : fmt::format(" of {} to {} bytes", key.bytes_min, key.bytes_max);
}

SecretFault undecodable(const scheme::SignatureRule& rule) {
  return {.code = "undecodable-secret",
          .message = "this secret is not in the form that the scheme asks for",
          .hint = show_form(rule)};
}

SecretFault show_fault(scheme::KeyFault fault, const scheme::SignatureRule& rule) {
  constexpr std::string_view ask_again = "copy the key from the provider again";
  switch (fault) {
    case scheme::KeyFault::undecodable:
      return undecodable(rule);
    case scheme::KeyFault::public_text:
      return {"public-key-as-secret",
              "this is a public key or a key file, where a shared secret is due: everybody who has "
              "it could sign",
              show_form(rule)};
    case scheme::KeyFault::repeated:
      return {"repeated-secret", "this secret is one character over and over: anybody guesses it",
              "let the provider make one, or take 32 random bytes"};
    case scheme::KeyFault::other_kind:
      return {"wrong-key-kind",
              fmt::format("this is not a public key of {} in its usual encoding",
                          name_of(rule.algorithm)),
              "a curve is named in it, a point is not compressed, and nothing stands behind it"};
    case scheme::KeyFault::off_curve:
      return {"off-curve-key",
              "this public key is not a point of the curve: nothing verifies by it",
              std::string(ask_again)};
    case scheme::KeyFault::forgeable:
      return {"forgeable-key", "anybody can sign for this public key",
              "a point of small order, or the curve's base point: no provider made it"};
    case scheme::KeyFault::rsa_size:
      return {"rsa-key-size",
              fmt::format("a modulus of RSA has {} to {} bits here", scheme::rsa_bits_min,
                          scheme::rsa_bits_max),
              std::string(ask_again)};
    case scheme::KeyFault::rsa_exponent:
      return {"rsa-key-exponent", "this key's exponent is even, below 3 or above 32 bits",
              "65537 is usual; with 1 anybody can sign"};
    case scheme::KeyFault::rsa_modulus:
      return {"rsa-key-modulus",
              "this key's modulus is even, a prime, or has a small factor: anybody can sign for it",
              std::string(ask_again)};
  }
  return undecodable(rule);
}

}  // namespace

std::expected<std::string, SecretFault> secret_bytes(const scheme::SignatureRule& rule,
                                                     std::string_view secret) {
  if (rule.algorithm == Algorithm::basic && !secret.contains(':')) {
    return std::unexpected(undecodable(rule));
  }
  if (!scheme::is_asymmetric(rule.algorithm) && holds_public_key(secret)) {
    return std::unexpected(show_fault(scheme::KeyFault::public_text, rule));
  }
  std::vector<std::byte> room(2 * scheme::secret_text_bytes_max);
  Arena arena(room);
  const auto bytes = scheme::decode_secret(rule.algorithm, rule.key, secret, arena);
  if (!bytes.has_value()) {
    return std::unexpected(show_fault(bytes.error(), rule));
  }
  const bool is_rsa =
      rule.algorithm == Algorithm::rsa_pkcs1_sha1 || rule.algorithm == Algorithm::rsa_pkcs1_sha256;
  if (is_rsa && rule.key.form != KeyForm::fetched && is_factored(modulus_of(*bytes))) {
    return std::unexpected(show_fault(scheme::KeyFault::rsa_modulus, rule));
  }
  return std::string(text_of(*bytes));
}

std::string show_form(const scheme::SignatureRule& rule) {
  if (rule.algorithm == Algorithm::basic) {
    return "`user:password`";
  }
  const std::string prefix =
      rule.key.prefix.empty() ? "" : fmt::format("`{}` and ", rule.key.prefix);
  return fmt::format("{}{}{}", prefix, words_for(rule.key.form), show_lengths(rule.key));
}

std::string hmac_key(Algorithm algorithm, std::string_view key) {
  const crypto::HashAlgorithm hash = scheme::hash_of(algorithm);
  std::string effective(key);
  if (key.size() > crypto::block_bytes(hash)) {
    std::array<std::byte, crypto::digest_bytes_max> room{};
    crypto::Hash hashed(hash);
    hashed.update(bytes_of(key));
    effective = text_of(hashed.finish(room));
  }
  const std::size_t last = effective.find_last_not_of('\0');
  effective.resize(last == std::string::npos ? 0 : last + 1);
  return effective;
}

}  // namespace postern::compiler
