#pragma once

#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

// Certificates for fetched keys, made by OpenSSL.

namespace postern::testing_support {

using PublicKey = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

[[nodiscard]] inline PublicKey rsa_key(unsigned bits) { return {EVP_RSA_gen(bits), EVP_PKEY_free}; }

/// One RSA key for all certificates of a program: making one takes a while.
[[nodiscard]] inline EVP_PKEY* strong_key() {
  static EVP_PKEY* const key = EVP_RSA_gen(2048);
  return key;
}

inline constexpr std::int64_t certificate_now = 1'700'000'000;
inline constexpr std::int64_t certificate_day = 86'400;

struct CertificateSpec {
  EVP_PKEY* key = strong_key();
  std::vector<std::string> common_names = {"certs.example.com"};
  std::int64_t from = certificate_now - certificate_day;
  std::int64_t until = certificate_now + certificate_day;
};

/// A self-signed certificate by OpenSSL, in PEM.
[[nodiscard]] inline std::string make_certificate(const CertificateSpec& spec) {
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(X509_new(), X509_free);
  X509_set_version(certificate.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
  ASN1_TIME_set(X509_getm_notBefore(certificate.get()), spec.from);
  ASN1_TIME_set(X509_getm_notAfter(certificate.get()), spec.until);
  X509_NAME* subject = X509_get_subject_name(certificate.get());
  const auto add = [&](const char* field, const std::string& value) {
    X509_NAME_add_entry_by_txt(subject, field, MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(value.data()),
                               static_cast<int>(value.size()), -1, 0);
  };
  add("O", "certs.example.com");  // A name in another place is none.
  for (const std::string& name : spec.common_names) {
    add("CN", name);
  }
  X509_set_issuer_name(certificate.get(), subject);
  X509_set_pubkey(certificate.get(), spec.key);
  X509_sign(certificate.get(), spec.key, EVP_sha256());
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new(BIO_s_mem()), BIO_free);
  PEM_write_bio_X509(bio.get(), certificate.get());
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

/// The SubjectPublicKeyInfo of a key, in DER.
[[nodiscard]] inline std::string spki_of(EVP_PKEY* key) {
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(key, &der);
  std::string bytes(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return bytes;
}

}  // namespace postern::testing_support
