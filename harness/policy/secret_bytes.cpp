#include "harness/policy/secret_bytes.h"

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <array>
#include <memory>
#include <vector>

#include "base/arena.h"
#include "base/bytes.h"
#include "scheme/key.h"

namespace postern::harness {
namespace {

using scheme::Algorithm;
using scheme::KeyForm;

struct PublicKeyFree {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using PublicKey = std::unique_ptr<EVP_PKEY, PublicKeyFree>;

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

/// Whether `der` is a public key (SubjectPublicKeyInfo) that `algorithm` can use.
bool is_public_key(std::string_view der, Algorithm algorithm) {
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  const PublicKey key(d2i_PUBKEY(nullptr, &at, static_cast<long>(der.size())));
  return key != nullptr && fits(algorithm, key.get());
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

}  // namespace

std::optional<std::string> secret_bytes(const scheme::SignatureRule& rule,
                                        std::string_view secret) {
  if (secret.size() > scheme::secret_text_bytes_max ||
      (rule.algorithm == Algorithm::basic && !secret.contains(':'))) {
    return std::nullopt;
  }
  std::vector<std::byte> room(2 * scheme::secret_text_bytes_max);
  Arena arena(room);
  const std::optional<Bytes> bytes = scheme::decode_secret(rule.key, secret, arena);
  if (!bytes.has_value()) {
    return std::nullopt;
  }
  std::string text(text_of(*bytes));
  const bool is_der = rule.key.form == KeyForm::pem || rule.key.form == KeyForm::spki;
  if (is_der && !is_public_key(text, rule.algorithm)) {
    return std::nullopt;
  }
  return text;
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
