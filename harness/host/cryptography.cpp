#include "harness/host/cryptography.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>

#include <array>
#include <memory>

#include "postern/base/check.h"
#include "postern/scheme/algorithm.h"

namespace postern::harness {
namespace {

struct Free {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(ECDSA_SIG* signature) const { ECDSA_SIG_free(signature); }
  void operator()(EVP_MAC* mac) const { EVP_MAC_free(mac); }
  void operator()(EVP_MAC_CTX* context) const { EVP_MAC_CTX_free(context); }
};
template <class Type>
using Owned = std::unique_ptr<Type, Free>;

constexpr std::size_t ecdsa_half_bytes = 32;

const unsigned char* bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

unsigned char* bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

const EVP_MD* message_digest(Hash hash) {
  switch (hash) {
    case Hash::sha1:
      return EVP_sha1();
    case Hash::sha224:
      return EVP_sha224();
    case Hash::sha256:
      return EVP_sha256();
    case Hash::sha384:
      return EVP_sha384();
    case Hash::sha512:
      return EVP_sha512();
  }
  return nullptr;
}

/// Ed25519 hashes by itself, so it has none.
const EVP_MD* message_digest(Algorithm algorithm) {
  return algorithm == Algorithm::ed25519
             ? nullptr
             : message_digest(scheme::fact_of<&scheme::AlgorithmRow::hash>(algorithm));
}

int key_type(Algorithm algorithm) {
  switch (scheme::fact_of<&scheme::AlgorithmRow::key>(algorithm)) {
    case scheme::KeyKind::ed25519:
      return EVP_PKEY_ED25519;
    case scheme::KeyKind::p256:
      return EVP_PKEY_EC;
    case scheme::KeyKind::rsa:
      return EVP_PKEY_RSA;
    default:
      return EVP_PKEY_NONE;
  }
}

Owned<EVP_PKEY> read_raw_ed25519(std::string_view key) {
  return Owned<EVP_PKEY>(
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes(key), key.size()));
}

/// A point as SEC 1 writes it. WebCrypto takes it as a raw key too.
Owned<EVP_PKEY> read_raw_p256(std::string_view key) {
  Owned<EVP_PKEY> read(EVP_PKEY_new());
  const Owned<EVP_PKEY> curve(EVP_EC_gen("P-256"));
  const bool is_read = EVP_PKEY_copy_parameters(read.get(), curve.get()) == 1 &&
                       EVP_PKEY_set1_encoded_public_key(read.get(), bytes(key), key.size()) == 1;
  return is_read ? std::move(read) : nullptr;
}

Owned<EVP_PKEY> read_public_key(Algorithm algorithm, KeyFormat format, std::string_view key) {
  if (format == KeyFormat::raw) {
    return algorithm == Algorithm::ed25519             ? read_raw_ed25519(key)
           : algorithm == Algorithm::ecdsa_p256_sha256 ? read_raw_p256(key)
                                                       : nullptr;
  }
  const unsigned char* position = bytes(key);
  Owned<EVP_PKEY> read(d2i_PUBKEY(nullptr, &position, static_cast<long>(key.size())));
  const bool is_whole = position == bytes(key) + key.size();
  const bool is_right = read && EVP_PKEY_base_id(read.get()) == key_type(algorithm);
  return is_whole && is_right ? std::move(read) : nullptr;
}

/// OpenSSL takes ECDSA signatures in DER only.
std::string ecdsa_der(std::string_view raw) {
  Owned<ECDSA_SIG> const signature(ECDSA_SIG_new());
  BIGNUM* r = BN_bin2bn(bytes(raw), ecdsa_half_bytes, nullptr);
  BIGNUM* s = BN_bin2bn(bytes(raw) + ecdsa_half_bytes, ecdsa_half_bytes, nullptr);
  if (!signature || ECDSA_SIG_set0(signature.get(), r, s) != 1) {
    BN_free(r);
    BN_free(s);
    return {};
  }
  std::string der(static_cast<std::size_t>(i2d_ECDSA_SIG(signature.get(), nullptr)), '\0');
  unsigned char* position = bytes(der);
  i2d_ECDSA_SIG(signature.get(), &position);
  return der;
}

/// Without it, OpenSSL asks the terminal for the password of a key.
int no_password(char* /*buffer*/, int /*size*/, int /*is_writing*/, void* /*data*/) { return -1; }

Owned<EVP_PKEY> read_private_key(std::string_view pem) {
  const Owned<BIO> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  return Owned<EVP_PKEY>(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_password, nullptr));
}

std::expected<std::string, KeyFault> sign(Algorithm algorithm, const Owned<EVP_PKEY>& owned,
                                          std::string_view message) {
  EVP_PKEY* const key = owned.get();
  if (key == nullptr) {
    return std::unexpected(KeyFault::unreadable);
  }
  if (EVP_PKEY_base_id(key) != key_type(algorithm)) {
    return std::unexpected(KeyFault::other_kind);
  }
  const Owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
  std::size_t signature_bytes = 0;
  if (EVP_DigestSignInit(context.get(), nullptr, message_digest(algorithm), nullptr, key) != 1 ||
      EVP_DigestSign(context.get(), nullptr, &signature_bytes, bytes(message), message.size()) !=
          1) {
    return std::unexpected(KeyFault::refused);
  }
  std::string signature(signature_bytes, '\0');
  if (EVP_DigestSign(context.get(), bytes(signature), &signature_bytes, bytes(message),
                     message.size()) != 1) {
    return std::unexpected(KeyFault::refused);
  }
  signature.resize(signature_bytes);
  return signature;
}

}  // namespace

std::optional<std::string> digest(Hash hash, std::string_view message) {
  const EVP_MD* algorithm = message_digest(hash);
  if (algorithm == nullptr) {
    return std::nullopt;
  }
  std::string result(static_cast<std::size_t>(EVP_MD_size(algorithm)), '\0');
  if (EVP_Digest(message.data(), message.size(), bytes(result), nullptr, algorithm, nullptr) != 1) {
    return std::nullopt;
  }
  return result;
}

std::optional<std::string> digest(Hash hash, std::span<const std::string_view> parts) {
  if (parts.size() == 1) {
    return digest(hash, parts.front());
  }
  const EVP_MD* algorithm = message_digest(hash);
  const Owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
  if (algorithm == nullptr || EVP_DigestInit_ex(context.get(), algorithm, nullptr) != 1) {
    return std::nullopt;
  }
  for (const std::string_view part : parts) {
    if (EVP_DigestUpdate(context.get(), part.data(), part.size()) != 1) {
      return std::nullopt;
    }
  }
  std::string result(static_cast<std::size_t>(EVP_MD_size(algorithm)), '\0');
  if (EVP_DigestFinal_ex(context.get(), bytes(result), nullptr) != 1) {
    return std::nullopt;
  }
  return result;
}

std::optional<std::string> hmac(Hash hash, std::string_view key, std::string_view message) {
  const EVP_MD* algorithm = message_digest(hash);
  if (algorithm == nullptr) {
    return std::nullopt;
  }
  std::string result(static_cast<std::size_t>(EVP_MD_size(algorithm)), '\0');
  unsigned length = 0;
  if (HMAC(algorithm, key.data(), static_cast<int>(key.size()), bytes(message), message.size(),
           bytes(result), &length) == nullptr) {
    return std::nullopt;
  }
  return result;
}

struct Hmac::Prepared {
  Owned<EVP_MAC_CTX> context;
};

void Hmac::Free::operator()(Prepared* prepared) const {
  const std::unique_ptr<Prepared> owned(prepared);
}

std::optional<Hmac> Hmac::under(Hash hash, std::string_view key) {
  const EVP_MD* algorithm = message_digest(hash);
  if (algorithm == nullptr) {
    return std::nullopt;
  }
  const Owned<EVP_MAC> mac(EVP_MAC_fetch(nullptr, OSSL_MAC_NAME_HMAC, nullptr));
  auto prepared = std::make_unique<Prepared>(Owned<EVP_MAC_CTX>(EVP_MAC_CTX_new(mac.get())));
  // OpenSSL reads the name, and does not write to it.
  const std::array parameters = {
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST,
                                       const_cast<char*>(EVP_MD_get0_name(algorithm)), 0),
      OSSL_PARAM_construct_end()};
  // A key that is null would mean the one from before; an empty one is a key like others.
  const unsigned char* const start = key.empty() ? bytes("\0") : bytes(key);
  POSTERN_CHECK(EVP_MAC_init(prepared->context.get(), start, key.size(), parameters.data()) == 1);
  return Hmac(prepared.release());
}

std::string Hmac::of(std::span<const std::string_view> parts) {
  EVP_MAC_CTX* const context = prepared_->context.get();
  bool is_done = EVP_MAC_init(context, nullptr, 0, nullptr) == 1;
  for (const std::string_view part : parts) {
    is_done = is_done && EVP_MAC_update(context, bytes(part), part.size()) == 1;
  }
  std::string result(EVP_MAC_CTX_get_mac_size(context), '\0');
  std::size_t result_bytes = 0;
  is_done = is_done && EVP_MAC_final(context, bytes(result), &result_bytes, result.size()) == 1;
  POSTERN_CHECK(is_done && result_bytes == result.size());
  return result;
}

Verified verify_signature(Algorithm algorithm, KeyFormat format, std::string_view key,
                          std::string_view message, std::string_view signature) {
  const Owned<EVP_PKEY> public_key = read_public_key(algorithm, format, key);
  if (!public_key) {
    return Verified::unavailable;
  }
  std::string der;
  if (algorithm == Algorithm::ecdsa_p256_sha256) {
    if (signature.size() != 2 * ecdsa_half_bytes) {
      return Verified::invalid;
    }
    der = ecdsa_der(signature);
    signature = der;
  }
  const Owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
  if (EVP_DigestVerifyInit(context.get(), nullptr, message_digest(algorithm), nullptr,
                           public_key.get()) != 1) {
    return Verified::unavailable;
  }
  const int verified = EVP_DigestVerify(context.get(), bytes(signature), signature.size(),
                                        bytes(message), message.size());
  return verified == 1 ? Verified::valid : Verified::invalid;
}

std::expected<std::string, KeyFault> sign_with_pem(Algorithm algorithm, std::string_view pem,
                                                   std::string_view message) {
  return sign(algorithm, read_private_key(pem), message);
}

std::expected<std::string, KeyFault> sign_with_seed(std::string_view seed,
                                                    std::string_view message) {
  const Owned<EVP_PKEY> key(
      EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, bytes(seed), seed.size()));
  return sign(Algorithm::ed25519, key, message);
}

std::string random_bytes(std::size_t count) {
  std::string random(count, '\0');
  POSTERN_CHECK(RAND_bytes(bytes(random), static_cast<int>(count)) == 1);
  return random;
}

}  // namespace postern::harness
