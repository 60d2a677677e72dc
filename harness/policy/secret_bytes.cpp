#include "harness/policy/secret_bytes.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <array>
#include <memory>
#include <vector>

#include "base/bytes.h"
#include "encoding/base64.h"
#include "encoding/hex.h"

namespace postern::harness {
namespace {

using scheme::Algorithm;
using scheme::KeyForm;

struct PublicKeyFree {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using PublicKey = std::unique_ptr<EVP_PKEY, PublicKeyFree>;

std::optional<std::string> decode_hex(std::string_view text) {
  std::vector<std::byte> room(text.size() / 2);
  const auto bytes = encoding::decode_hex(text, room);
  return bytes.has_value() ? std::optional(std::string(text_of(*bytes))) : std::nullopt;
}

std::optional<std::string> decode_base64(std::string_view text) {
  std::vector<std::byte> room(text.size());
  const auto bytes = encoding::decode_base64(text, encoding::Base64Alphabet::standard, room);
  return bytes.has_value() ? std::optional(std::string(text_of(*bytes))) : std::nullopt;
}

bool fits(Algorithm algorithm, const EVP_PKEY* key) {
  switch (algorithm) {
    case Algorithm::ed25519:
      return EVP_PKEY_id(key) == EVP_PKEY_ED25519;
    case Algorithm::ecdsa_p256_sha256:
      return EVP_PKEY_id(key) == EVP_PKEY_EC && EVP_PKEY_bits(key) == 256;
    default:
      return EVP_PKEY_id(key) == EVP_PKEY_RSA;
  }
}

std::optional<std::string> to_der(const PublicKey& key, Algorithm algorithm) {
  if (key == nullptr || !fits(algorithm, key.get())) {
    return std::nullopt;
  }
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(key.get(), &der);
  if (size <= 0) {
    return std::nullopt;
  }
  std::string text(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return text;
}

std::optional<std::string> read_pem(std::string_view text, Algorithm algorithm) {
  BIO* source = BIO_new_mem_buf(text.data(), static_cast<int>(text.size()));
  const PublicKey key(PEM_read_bio_PUBKEY(source, nullptr, nullptr, nullptr));
  BIO_free(source);
  return to_der(key, algorithm);
}

std::optional<std::string> read_spki(std::string_view text, Algorithm algorithm) {
  const std::optional<std::string> der = decode_base64(text);
  if (!der.has_value()) {
    return std::nullopt;
  }
  const auto* at = reinterpret_cast<const unsigned char*>(der->data());
  const PublicKey key(d2i_PUBKEY(nullptr, &at, static_cast<long>(der->size())));
  return to_der(key, algorithm);
}

std::optional<std::string> decode(const scheme::SignatureRule& rule, std::string_view text) {
  switch (rule.key.form) {
    case KeyForm::utf8:
    case KeyForm::fetched:
      return std::string(text);
    case KeyForm::hex:
      return decode_hex(text);
    case KeyForm::base64:
      return decode_base64(text);
    case KeyForm::pem:
      return read_pem(text, rule.algorithm);
    case KeyForm::spki:
      return read_spki(text, rule.algorithm);
  }
  return std::nullopt;
}

const EVP_MD* hash_of(Algorithm algorithm) {
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

}  // namespace

std::optional<std::string> secret_bytes(const scheme::SignatureRule& rule,
                                        std::string_view secret) {
  if (!rule.key.prefix.empty()) {
    if (secret.starts_with(rule.key.prefix)) {
      secret.remove_prefix(rule.key.prefix.size());
    } else if (rule.key.prefix_rule == scheme::PrefixRule::required) {
      return std::nullopt;
    }
  }
  if (rule.algorithm == Algorithm::basic && !secret.contains(':')) {
    return std::nullopt;
  }
  std::optional<std::string> bytes = decode(rule, secret);
  const bool bounded = rule.key.bytes_max != 0;
  if (!bytes.has_value() || bytes->empty() ||
      (bounded && (bytes->size() < rule.key.bytes_min || bytes->size() > rule.key.bytes_max))) {
    return std::nullopt;
  }
  return bytes;
}

std::string hmac_key(Algorithm algorithm, std::string_view key) {
  const EVP_MD* hash = hash_of(algorithm);
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
