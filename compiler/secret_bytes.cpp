#include "compiler/secret_bytes.h"

#include <fmt/format.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <array>
#include <memory>
#include <utility>
#include <vector>

#include "compiler/scheme_reader.h"
#include "harness/host/text_forms.h"
#include "postern/base/arena.h"
#include "postern/base/bytes.h"
#include "postern/scheme/key.h"

namespace postern::harness {
namespace {

using scheme::Algorithm;
using scheme::KeyForm;

struct PublicKeyFree {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using PublicKey = std::unique_ptr<EVP_PKEY, PublicKeyFree>;

/// What OpenSSL makes of a raw key, or of a SubjectPublicKeyInfo.
PublicKey read_public_key(const scheme::SignatureRule& rule, std::string_view key) {
  const auto* at = reinterpret_cast<const unsigned char*>(key.data());
  if (scheme::format_of(rule.key.form) == scheme::KeyFormat::spki) {
    return PublicKey(d2i_PUBKEY(nullptr, &at, static_cast<long>(key.size())));
  }
  if (rule.algorithm == Algorithm::ed25519) {
    return PublicKey(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, at, key.size()));
  }
  PublicKey p256(EVP_PKEY_new());
  const PublicKey curve(EVP_EC_gen("P-256"));
  const bool is_read = EVP_PKEY_copy_parameters(p256.get(), curve.get()) == 1 &&
                       EVP_PKEY_set1_encoded_public_key(p256.get(), at, key.size()) == 1;
  return is_read ? std::move(p256) : nullptr;
}

/// The slow look: that a point has the group's order, that a modulus is odd, no prime and no power
/// of one, and has no small factor.
bool is_sound(const EVP_PKEY* key) {
  const std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> context(
      EVP_PKEY_CTX_new(const_cast<EVP_PKEY*>(key), nullptr), EVP_PKEY_CTX_free);
  return context != nullptr && EVP_PKEY_public_check(context.get()) == 1;
}

const EVP_MD* digest_of(Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::hmac_sha1:
      return EVP_sha1();
    case Algorithm::hmac_sha224:
      return EVP_sha224();
    case Algorithm::hmac_sha384:
      return EVP_sha384();
    case Algorithm::hmac_sha512:
      return EVP_sha512();
    default:
      return EVP_sha256();
  }
}

/// Whether `der` is a public key or a certificate to its end, by OpenSSL's parsers.
bool is_public_der(const std::string& der) {
  const auto reads = [&](auto read, auto release) {
    const auto* at = reinterpret_cast<const unsigned char*>(der.data());
    auto* found = read(&at, static_cast<long>(der.size()));
    release(found);
    return found != nullptr &&
           at == reinterpret_cast<const unsigned char*>(der.data() + der.size());
  };
  return reads([](const unsigned char** at, long size) { return d2i_PUBKEY(nullptr, at, size); },
               EVP_PKEY_free) ||
         reads([](const unsigned char** at, long size) { return d2i_X509(nullptr, at, size); },
               X509_free) ||
         reads([](const unsigned char** at,
                  long size) { return d2i_PublicKey(EVP_PKEY_RSA, nullptr, at, size); },
               EVP_PKEY_free);
}

/// Whether `text` is such a key in hex, or in base64 of either alphabet, with or without padding
/// and line ends: the slow look behind `is_public_text`. Hex is base64 by its characters, so each
/// is tried.
bool holds_public_key(std::string_view text) {
  std::string hex;
  std::string base64;
  for (const char c : text) {
    if (std::string_view(" \t\r\n=").contains(c)) {
      continue;
    }
    hex += c;
    base64 += c == '-' ? '+' : c == '_' ? '/' : c;
  }
  base64.append((4 - base64.size() % 4) % 4, '=');
  const auto from_hex_der = from_hex(hex);
  const auto from_base64_der = from_base64(base64);
  return (from_hex_der.has_value() && is_public_der(*from_hex_der)) ||
         (from_base64_der.has_value() && is_public_der(*from_base64_der));
}

std::string_view words_for(KeyForm form) {
  switch (form) {
    case KeyForm::utf8:
      return "a text";
    case KeyForm::html:
      return "the text as the sender shows it";
    case KeyForm::hex:
      return "hex in lower case";
    case KeyForm::base64:
      return "base64";
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
  const std::string text(text_of(*bytes));
  if (scheme::is_asymmetric(rule.algorithm) && rule.key.form != KeyForm::fetched) {
    const PublicKey key = read_public_key(rule, text);
    if (key == nullptr) {
      return std::unexpected(show_fault(scheme::KeyFault::other_kind, rule));
    }
    if (!is_sound(key.get())) {
      const bool is_rsa = EVP_PKEY_base_id(key.get()) == EVP_PKEY_RSA;
      return std::unexpected(
          show_fault(is_rsa ? scheme::KeyFault::rsa_modulus : scheme::KeyFault::off_curve, rule));
    }
  }
  return text;
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
  const EVP_MD* hash = digest_of(algorithm);
  std::string effective(key);
  if (key.size() > static_cast<std::size_t>(EVP_MD_block_size(hash))) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    EVP_Digest(key.data(), key.size(), digest.data(), &size, hash, nullptr);
    effective.assign(reinterpret_cast<const char*>(digest.data()), size);
  }
  const std::size_t last = effective.find_last_not_of('\0');
  effective.resize(last == std::string::npos ? 0 : last + 1);
  return effective;
}

}  // namespace postern::harness
