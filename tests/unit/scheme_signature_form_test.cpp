#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/x509.h>

#include <memory>

#include "core_support.h"
#include "postern/scheme/signature_form.h"

namespace postern::scheme {
namespace {

using namespace testing_support;

using PublicKey = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

PublicKey key_of(const std::string& der) {
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  return {d2i_PUBKEY(nullptr, &at, static_cast<long>(der.size())), EVP_PKEY_free};
}

bool verifies(EVP_PKEY* key, const EVP_MD* hash, const std::string& message,
              const std::string& signature) {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                        EVP_MD_CTX_free);
  return key != nullptr && EVP_DigestVerifyInit(context.get(), nullptr, hash, nullptr, key) == 1 &&
         EVP_DigestVerify(context.get(), reinterpret_cast<const unsigned char*>(signature.data()),
                          signature.size(), reinterpret_cast<const unsigned char*>(message.data()),
                          message.size()) == 1;
}

/// The DER that OpenSSL writes for r and s.
std::string der_of_raw(const std::string& raw) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(raw.data());
  const std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> signature(ECDSA_SIG_new(),
                                                                        ECDSA_SIG_free);
  ECDSA_SIG_set0(signature.get(), BN_bin2bn(bytes, 32, nullptr),
                 BN_bin2bn(bytes + 32, 32, nullptr));
  unsigned char* der = nullptr;
  const int size = i2d_ECDSA_SIG(signature.get(), &der);
  std::string text(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return text;
}

std::optional<std::string> well_formed(Algorithm algorithm, std::string_view bytes) {
  Room room;
  const auto made = well_formed_signature(algorithm, bytes_of(bytes), room.arena);
  return made.has_value() ? std::optional(owned(*made)) : std::nullopt;
}

bool has_flag(const nlohmann::json& test, std::string_view flag) {
  for (const auto& one : test["flags"]) {
    if (one == flag) {
      return true;
    }
  }
  return false;
}

// The core checks the form and OpenSSL the curve, as a host does: both together are the verifier.
TEST(EcdsaForm, AndOpensslJudgeEveryWycheproofSignatureAsItShouldBe) {
  const auto file = oracle("/wycheproof/ecdsa_secp256r1_sha256_test.json");
  std::size_t cases = 0;
  std::size_t refused_forms = 0;
  for (const auto& group : file["testGroups"]) {
    const PublicKey key = key_of(from_hex(group["publicKeyDer"].get<std::string>()));
    for (const auto& test : group["tests"]) {
      ++cases;
      const std::string signature = from_hex(test["sig"].get<std::string>());
      const auto raw = well_formed(Algorithm::ecdsa_p256_sha256, signature);
      refused_forms += raw.has_value() ? 0 : 1;
      const bool holds =
          raw.has_value() && verifies(key.get(), EVP_sha256(),
                                      from_hex(test["msg"].get<std::string>()), der_of_raw(*raw));
      EXPECT_EQ(holds, test["result"] == "valid") << test.dump();
      for (const std::string_view flag :
           {"BerEncodedSignature", "InvalidEncoding", "MissingZero", "InvalidTypesInSignature"}) {
        EXPECT_FALSE(raw.has_value() && has_flag(test, flag)) << test.dump();
      }
      if (raw.has_value()) {
        EXPECT_EQ(der_of_raw(*raw), signature) << "one spelling for one signature";
      }
    }
  }
  EXPECT_GE(cases, 480U);
  EXPECT_GE(refused_forms, 163U);
}

TEST(EcdsaForm, RefusesZeroAndNumbersOfMoreThanThirtyTwoBytes) {
  const auto der = [](const std::string& r, const std::string& s) {
    const std::string inside = from_hex("02") + static_cast<char>(r.size()) + r + from_hex("02") +
                               static_cast<char>(s.size()) + s;
    return from_hex("30") + static_cast<char>(inside.size()) + inside;
  };
  EXPECT_TRUE(well_formed(Algorithm::ecdsa_p256_sha256, der("\x01", "\x01")).has_value());
  const std::string zero(1, '\0');
  EXPECT_FALSE(well_formed(Algorithm::ecdsa_p256_sha256, der(zero, "\x01")).has_value());
  EXPECT_FALSE(well_formed(Algorithm::ecdsa_p256_sha256, der("\x01", zero)).has_value());
  EXPECT_FALSE(
      well_formed(Algorithm::ecdsa_p256_sha256, der(std::string(33, 'a'), "\x01")).has_value());
  EXPECT_FALSE(well_formed(Algorithm::ecdsa_p256_sha256, std::string(64, 'a')).has_value());
}

TEST(Ed25519Form, AndOpensslJudgeEveryWycheproofSignatureAsItShouldBe) {
  const auto file = oracle("/wycheproof/ed25519_test.json");
  std::size_t cases = 0;
  for (const auto& group : file["testGroups"]) {
    const PublicKey key = key_of(from_hex(group["publicKeyDer"].get<std::string>()));
    for (const auto& test : group["tests"]) {
      ++cases;
      const std::string signature = from_hex(test["sig"].get<std::string>());
      const auto formed = well_formed(Algorithm::ed25519, signature);
      const bool holds =
          formed.has_value() &&
          verifies(key.get(), nullptr, from_hex(test["msg"].get<std::string>()), *formed);
      EXPECT_EQ(holds, test["result"] == "valid") << test.dump();
      for (const std::string_view flag :
           {"SignatureMalleability", "TruncatedSignature", "SignatureWithGarbage"}) {
        EXPECT_FALSE(formed.has_value() && has_flag(test, flag)) << test.dump();
      }
    }
  }
  EXPECT_GE(cases, 150U);
}

/// The order of the group, as RFC 8032 section 5.1 prints it, as a big number of OpenSSL's.
bool is_below_order(const std::string& little_endian) {
  BIGNUM* order = nullptr;
  BN_dec2bn(&order, "7237005577332262213973186563042994240857116359379907606001950938285454250989");
  BIGNUM* number =
      BN_lebin2bn(reinterpret_cast<const unsigned char*>(little_endian.data()), 32, nullptr);
  const bool is_below = BN_cmp(number, order) < 0;
  BN_free(order);
  BN_free(number);
  return is_below;
}

// C2SP's CCTV has each signature in many variants; the form is right exactly where S is reduced.
TEST(Ed25519Form, TakesTheVectorsOfCctvExactlyWhereSIsBelowTheOrder) {
  const auto vectors = oracle("/cctv/ed25519/ed25519vectors.json");
  std::size_t cases = 0;
  for (const auto& vector : vectors) {
    ++cases;
    const std::string signature = from_hex(vector["sig"].get<std::string>());
    ASSERT_EQ(signature.size(), 64U);
    EXPECT_EQ(well_formed(Algorithm::ed25519, signature).has_value(),
              is_below_order(signature.substr(32)));
  }
  EXPECT_GE(cases, 500U);
}

TEST(Ed25519Form, HoldsSToTheOrderAtItsEdges) {
  std::string order(32, '\0');
  BIGNUM* number = nullptr;
  BN_dec2bn(&number,
            "7237005577332262213973186563042994240857116359379907606001950938285454250989");
  for (int step = -2; step <= 2; ++step) {
    BIGNUM* near = BN_dup(number);
    step < 0 ? BN_sub_word(near, static_cast<BN_ULONG>(-step))
             : BN_add_word(near, static_cast<BN_ULONG>(step));
    BN_bn2lebinpad(near, reinterpret_cast<unsigned char*>(order.data()), 32);
    BN_free(near);
    EXPECT_EQ(well_formed(Algorithm::ed25519, std::string(32, 'R') + order).has_value(), step < 0);
  }
  BN_free(number);
  EXPECT_FALSE(well_formed(Algorithm::ed25519, std::string(64, '\xff')).has_value());
}

TEST(RsaForm, AndOpensslJudgeEveryWycheproofSignatureAsItShouldBe) {
  std::size_t cases = 0;
  for (const std::string size : {"2048", "3072", "4096"}) {
    const auto file = oracle("/wycheproof/rsa_signature_" + size + "_sha256_test.json");
    for (const auto& group : file["testGroups"]) {
      const PublicKey key = key_of(from_hex(group["publicKeyDer"].get<std::string>()));
      for (const auto& test : group["tests"]) {
        ++cases;
        const auto formed =
            well_formed(Algorithm::rsa_pkcs1_sha256, from_hex(test["sig"].get<std::string>()));
        const bool holds =
            formed.has_value() &&
            verifies(key.get(), EVP_sha256(), from_hex(test["msg"].get<std::string>()), *formed);
        EXPECT_TRUE(test["result"] == "acceptable" || holds == (test["result"] == "valid"))
            << test.dump();
      }
    }
  }
  EXPECT_GE(cases, 700U);
}

TEST(RsaForm, TakesModuliOf2048To8192Bits) {
  for (const std::size_t size : {0U, 1U, 128U, 255U, 1025U, 2048U}) {
    EXPECT_FALSE(well_formed(Algorithm::rsa_pkcs1_sha256, std::string(size, 'a')).has_value());
  }
  for (const std::size_t size : {256U, 384U, 512U, 1024U}) {
    EXPECT_TRUE(well_formed(Algorithm::rsa_pkcs1_sha1, std::string(size, 'a')).has_value());
  }
}

// Attack catalogue A03, A04, F06: whatever a truncated MAC matches, it is none.
TEST(MacForm, IsTheFullLengthOnly) {
  const std::array<std::pair<Algorithm, std::size_t>, 5> lengths = {{
      {Algorithm::hmac_sha1, 20},
      {Algorithm::hmac_sha224, 28},
      {Algorithm::hmac_sha256, 32},
      {Algorithm::hmac_sha384, 48},
      {Algorithm::hmac_sha512, 64},
  }};
  for (const auto& [algorithm, length] : lengths) {
    for (std::size_t size = 0; size <= 130; ++size) {
      EXPECT_EQ(well_formed(algorithm, std::string(size, 'm')).has_value(), size == length);
    }
  }
}

TEST(TokenForm, IsAnyTextOfAtMost1024Bytes) {
  for (const Algorithm algorithm : {Algorithm::token, Algorithm::basic}) {
    EXPECT_FALSE(well_formed(algorithm, "").has_value());
    EXPECT_TRUE(well_formed(algorithm, "t").has_value());
    EXPECT_TRUE(well_formed(algorithm, std::string(1024, 't')).has_value());
    EXPECT_FALSE(well_formed(algorithm, std::string(1025, 't')).has_value());
  }
}

}  // namespace
}  // namespace postern::scheme
