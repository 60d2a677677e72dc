#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/encoder.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <memory>
#include <random>

#include "core_support.h"
#include "postern/scheme/key.h"
#include "postern/scheme/sound_key.h"

// Keys are made by OpenSSL, sound ones and others.

namespace postern::scheme {
namespace {

using namespace testing_support;

struct Free {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(BIGNUM* number) const { BN_free(number); }
};
using Pkey = std::unique_ptr<EVP_PKEY, Free>;
using Bignum = std::unique_ptr<BIGNUM, Free>;
using Word = BN_ULONG;

std::string spki(EVP_PKEY* key) {
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(key, &der);
  std::string bytes(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return bytes;
}

std::string base64(std::string_view bytes) {
  std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  text.resize(static_cast<std::size_t>(EVP_EncodeBlock(
      reinterpret_cast<unsigned char*>(text.data()),
      reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()))));
  return text;
}

/// What `text` is to `algorithm` as `form` says: nothing wrong, or what.
std::optional<KeyFault> fault(Algorithm algorithm, KeyForm form, std::string_view text) {
  Room room;
  const auto key = decode_secret(algorithm, {.form = form, .prefix = {}}, text, room.arena);
  return key.has_value() ? std::nullopt : std::optional(key.error());
}

std::optional<KeyFault> spki_fault(Algorithm algorithm, std::string_view der) {
  return fault(algorithm, KeyForm::spki, base64(der));
}

/// A public key of RSA with any numbers.
std::string rsa(const BIGNUM* modulus, const BIGNUM* exponent) {
  const std::unique_ptr<OSSL_PARAM_BLD, decltype(&OSSL_PARAM_BLD_free)> builder(
      OSSL_PARAM_BLD_new(), OSSL_PARAM_BLD_free);
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, modulus);
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, exponent);
  OSSL_PARAM* parameters = OSSL_PARAM_BLD_to_param(builder.get());
  EVP_PKEY_CTX* context = EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr);
  EVP_PKEY* key = nullptr;
  EXPECT_EQ(EVP_PKEY_fromdata_init(context), 1);
  EXPECT_EQ(EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, parameters), 1);
  EVP_PKEY_CTX_free(context);
  OSSL_PARAM_free(parameters);
  const Pkey owner(key);
  return spki(key);
}

/// A number of exactly so many bits, odd or even.
Bignum number(int bits, bool is_odd) {
  Bignum value(BN_new());
  BN_rand(value.get(), bits, BN_RAND_TOP_ONE, is_odd ? BN_RAND_BOTTOM_ODD : BN_RAND_BOTTOM_ANY);
  if (!is_odd) {
    BN_clear_bit(value.get(), 0);
  }
  return value;
}

Bignum word(Word value) {
  Bignum number(BN_new());
  BN_set_word(number.get(), value);
  return number;
}

TEST(SoundKey, HoldsRsaToItsSizesExponentsAndOddModuli) {
  const auto judge = [](int bits, bool is_odd, Word exponent) {
    return spki_fault(Algorithm::rsa_pkcs1_sha256,
                      rsa(number(bits, is_odd).get(), word(exponent).get()));
  };
  for (const int bits : {2048, 2049, 3072, 4096, 8191, 8192}) {
    EXPECT_EQ(judge(bits, true, 65537), std::nullopt) << bits;
    EXPECT_EQ(judge(bits, false, 65537), KeyFault::rsa_modulus) << bits;
  }
  for (const int bits : {512, 1024, 2040, 2047, 8193, 8200}) {
    EXPECT_EQ(judge(bits, true, 65537), KeyFault::rsa_size) << bits;
  }
  for (const Word exponent : {Word{3}, Word{17}, Word{0xFFFFFFFF}}) {
    EXPECT_EQ(judge(2048, true, exponent), std::nullopt) << exponent;
  }
  for (const Word exponent : {Word{1}, Word{2}, Word{4}, Word{65536}, Word{0x100000001}}) {
    EXPECT_EQ(judge(2048, true, exponent), KeyFault::rsa_exponent) << exponent;
  }
}

/// A key with an element behind its two numbers, which X.690 gives a place and RFC 8017 does not.
TEST(SoundKey, TakesNothingBehindTheNumbersOfRsa) {
  constexpr std::size_t outer_length = 3;
  constexpr std::size_t bits_length = 22;
  const std::string sound = rsa(number(2048, true).get(), word(65537).get());
  ASSERT_EQ(spki_fault(Algorithm::rsa_pkcs1_sha256, sound), std::nullopt);
  ASSERT_EQ(sound.substr(0, outer_length), "\x30\x82\x01");
  ASSERT_EQ(sound.substr(bits_length - 3, 3), "\x03\x82\x01");
  std::string longer = sound + std::string("\x05\x00", 2);  // NULL.
  longer[outer_length] = static_cast<char>(longer[outer_length] + 2);
  longer[bits_length] = static_cast<char>(longer[bits_length] + 2);
  EXPECT_EQ(spki_fault(Algorithm::rsa_pkcs1_sha256, longer), KeyFault::other_kind);
}

TEST(SoundKey, TakesEachKeyForItsOwnAlgorithmOnly) {
  const std::array<std::pair<Algorithm, std::string>, 3> keys = {{
      {Algorithm::ed25519, spki(Pkey(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")).get())},
      {Algorithm::ecdsa_p256_sha256, spki(Pkey(EVP_EC_gen("P-256")).get())},
      {Algorithm::rsa_pkcs1_sha256, rsa(number(2048, true).get(), word(65537).get())},
  }};
  for (const auto& [algorithm, key] : keys) {
    for (const auto& [other, unused] : keys) {
      EXPECT_EQ(spki_fault(other, key),
                algorithm == other ? std::nullopt : std::optional(KeyFault::other_kind));
    }
    EXPECT_EQ(spki_fault(algorithm, key + std::string(1, '\0')), KeyFault::other_kind);
    EXPECT_EQ(spki_fault(algorithm, key.substr(0, key.size() - 1)), KeyFault::other_kind);
    for (std::size_t i = 0; i < 12; ++i) {
      std::string changed = key;
      changed[i] = static_cast<char>(changed[i] ^ 0x01);
      EXPECT_EQ(spki_fault(algorithm, changed), KeyFault::other_kind) << i;
    }
  }
  for (const char* curve : {"P-384", "secp256k1", "P-224", "brainpoolP256r1"}) {
    EXPECT_EQ(spki_fault(Algorithm::ecdsa_p256_sha256, spki(Pkey(EVP_EC_gen(curve)).get())),
              KeyFault::other_kind)
        << curve;
  }
  for (const char* type : {"X25519", "ED448"}) {
    EXPECT_EQ(
        spki_fault(Algorithm::ed25519, spki(Pkey(EVP_PKEY_Q_keygen(nullptr, nullptr, type)).get())),
        KeyFault::other_kind)
        << type;
  }
}

TEST(SoundKey, TakesP256InOneEncoding) {
  const Pkey key(EVP_EC_gen("P-256"));
  const std::string uncompressed = spki(key.get());
  EXPECT_EQ(spki_fault(Algorithm::ecdsa_p256_sha256, uncompressed), std::nullopt);
  const std::string raw = uncompressed.substr(uncompressed.size() - 65);
  EXPECT_EQ(fault(Algorithm::ecdsa_p256_sha256, KeyForm::base64, base64(raw)), std::nullopt);
  EXPECT_EQ(fault(Algorithm::ecdsa_p256_sha256, KeyForm::hex, to_hex(raw)), std::nullopt);
  EXPECT_EQ(fault(Algorithm::ecdsa_p256_sha256, KeyForm::hex, to_hex(raw.substr(1))),
            KeyFault::other_kind);
  EXPECT_EQ(fault(Algorithm::ecdsa_p256_sha256, KeyForm::hex, "00"), KeyFault::other_kind);

  EVP_PKEY_set_utf8_string_param(key.get(), OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT,
                                 "compressed");
  EXPECT_EQ(spki_fault(Algorithm::ecdsa_p256_sha256, spki(key.get())), KeyFault::other_kind);
  const Pkey spelled_out(EVP_EC_gen("P-256"));
  EVP_PKEY_set_utf8_string_param(spelled_out.get(), OSSL_PKEY_PARAM_EC_ENCODING, "explicit");
  EXPECT_EQ(spki_fault(Algorithm::ecdsa_p256_sha256, spki(spelled_out.get())),
            KeyFault::other_kind);
  std::string changed = uncompressed;
  changed.back() = static_cast<char>(changed.back() ^ 1);
  EXPECT_EQ(spki_fault(Algorithm::ecdsa_p256_sha256, changed), KeyFault::off_curve);
}

TEST(SoundKey, RefusesPointsOfSmallOrderInEveryForm) {
  const std::string head = from_hex("302a300506032b6570032100");
  for (const std::string_view hex :
       {"0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000080",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85"}) {
    const std::string raw = from_hex(hex);
    EXPECT_EQ(fault(Algorithm::ed25519, KeyForm::hex, hex), KeyFault::forgeable);
    EXPECT_EQ(fault(Algorithm::ed25519, KeyForm::base64, base64(raw)), KeyFault::forgeable);
    EXPECT_EQ(spki_fault(Algorithm::ed25519, head + raw), KeyFault::forgeable);
    EXPECT_EQ(fault(Algorithm::ed25519, KeyForm::pem,
                    "-----BEGIN PUBLIC KEY-----" + base64(head + raw) + "-----END PUBLIC KEY-----"),
              KeyFault::forgeable);
  }
  EXPECT_EQ(fault(Algorithm::ed25519, KeyForm::hex, std::string(64, 'f')), KeyFault::off_curve);
}

// Of any character, of any length, in any form: what everybody guesses first.
TEST(SoundKey, RefusesASecretOfOneCharacterOverAndOver) {
  const std::vector<std::string> characters = {
      "a", "0", "é", "€", "😀", std::string("a\0", 2), std::string("a\0\0\0", 4), "ab", "abc"};
  for (const Algorithm algorithm : {Algorithm::hmac_sha256, Algorithm::token, Algorithm::basic}) {
    for (const std::string& character : characters) {
      std::string secret = character + character;
      for (int i = 0; i < 80; ++i, secret += character) {
        EXPECT_EQ(fault(algorithm, KeyForm::utf8, secret), KeyFault::repeated) << secret;
        EXPECT_EQ(fault(algorithm, KeyForm::base64, base64(secret)), KeyFault::repeated) << secret;
        EXPECT_EQ(fault(algorithm, KeyForm::hex, to_hex(secret)), KeyFault::repeated) << secret;
      }
    }
  }
  for (const char digit : std::string_view("ABQZaz019+/")) {
    EXPECT_EQ(fault(Algorithm::hmac_sha256, KeyForm::base64, std::string(44, digit)),
              KeyFault::repeated)
        << digit;
  }
  // HMAC does not see zeros behind a key.
  EXPECT_EQ(fault(Algorithm::hmac_sha256, KeyForm::hex, "aaaaaaaa" + std::string(56, '0')),
            KeyFault::repeated);
}

TEST(SoundKey, RefusesOneCharacterBehindAPrefixOrBeforePadding) {
  for (const std::string& secret :
       {"whsec_" + std::string(24, 'a'), "whsec_" + std::string(10, 'A'),
        std::string(31, 'x') + "1", "secret-" + std::string(16, '0') + "-1",
        base64(std::string(31, '\0')), base64(std::string(32, '\0')),
        base64(std::string(32, '\xFF')), std::string(20, 'k') + "\n",
        "whsec_" + std::string("abababababababababababababababab")}) {
    EXPECT_EQ(fault(Algorithm::hmac_sha256, KeyForm::utf8, secret), KeyFault::repeated) << secret;
    EXPECT_EQ(fault(Algorithm::token, KeyForm::utf8, secret), KeyFault::repeated) << secret;
  }
  std::string escaped;
  for (int i = 0; i < 8; ++i) {
    escaped += "\\u0041";
  }
  EXPECT_EQ(fault(Algorithm::hmac_sha256, KeyForm::utf8, escaped), KeyFault::repeated);
}

// A name before a password is no secret.
TEST(SoundKey, JudgesThePasswordOfABasicCredential) {
  for (const std::string secret :
       {"datadog-integration-user:", ":", "a:b", "datadog-integration-user:x",
        "datadog-integration-user:xxxxxxxxxxxxxxxxxxxxxxxx", ":zzzzzzzzzzzzzzzzzzzzzzzz"}) {
    EXPECT_EQ(fault(Algorithm::basic, KeyForm::utf8, secret), KeyFault::repeated) << secret;
  }
  EXPECT_EQ(fault(Algorithm::basic, KeyForm::utf8, "xxxxxxxxxxxxxxxxxxxxxxxx:3j-Kd8_s0Lq:92mX"),
            std::nullopt);
  EXPECT_EQ(fault(Algorithm::basic, KeyForm::html, "&amp;&amp;&amp;&amp;:3j-Kd8_s0Lq92mX"),
            std::nullopt);
}

TEST(SoundKey, TakesAKeyFileWithOneKeyAndNothingBehindIt) {
  const auto file_of = [] {
    const std::string key =
        base64(spki(Pkey(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")).get()));
    return "-----BEGIN PUBLIC KEY-----\n" + key + "\n-----END PUBLIC KEY-----";
  };
  const std::string file = file_of();
  for (const std::string end : {"", "\n", "\r\n", "\n\n \t"}) {
    EXPECT_EQ(fault(Algorithm::ed25519, KeyForm::pem, file + end), std::nullopt);
  }
  for (const std::string& end : {"\n" + file_of(), std::string("junk"),
                                 std::string("\n-----END PUBLIC KEY-----"), std::string(1, '\0')}) {
    EXPECT_EQ(fault(Algorithm::ed25519, KeyForm::pem, file + end), KeyFault::undecodable) << end;
    EXPECT_EQ(fault(Algorithm::ed25519, KeyForm::pem, end + file), KeyFault::undecodable) << end;
  }
}

TEST(SoundKey, TakesSecretsThatAreMadeAtRandom) {
  std::mt19937_64 random(77);
  for (int i = 0; i < 2000; ++i) {
    std::string secret(16 + random() % 48, '\0');
    for (char& c : secret) {
      c = static_cast<char>(random());
    }
    EXPECT_EQ(fault(Algorithm::hmac_sha256, KeyForm::base64, base64(secret)), std::nullopt);
    EXPECT_EQ(fault(Algorithm::hmac_sha256, KeyForm::utf8, to_hex(secret)), std::nullopt);
  }
}

TEST(SoundKey, RefusesAPublicKeyWhereASecretIsDue) {
  std::vector<std::string> texts = {"whpk_11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
                                    R"({"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfV"})",
                                    "-----BEGIN CERTIFICATE-----\nMIIB",
                                    " whpk_11qYAYKxCrfVS/7TyWQHOg7h",
                                    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHd1 me@here",
                                    "AAAAB3NzaC1yc2EAAAADAQABAAABgQC7 me@here",
                                    "pk_live_51QExampleExampleExample",
                                    "pk_test_51QExampleExampleExample"};
  for (const std::string& der :
       {spki(Pkey(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")).get()),
        spki(Pkey(EVP_EC_gen("P-256")).get()), spki(Pkey(EVP_EC_gen("P-384")).get()),
        spki(Pkey(EVP_EC_gen("P-521")).get()), spki(Pkey(EVP_EC_gen("secp256k1")).get()),
        spki(Pkey(EVP_PKEY_Q_keygen(nullptr, nullptr, "X25519")).get()),
        spki(Pkey(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED448")).get()),
        rsa(number(2048, true).get(), word(65537).get()),
        rsa(number(4096, true).get(), word(3).get())}) {
    texts.push_back(base64(der));
    texts.push_back("-----BEGIN PUBLIC KEY-----\n" + base64(der) + "\n-----END PUBLIC KEY-----\n");
  }
  for (const std::string& text : texts) {
    EXPECT_TRUE(is_public_text(text)) << text;
    for (const KeyForm form : {KeyForm::utf8, KeyForm::html, KeyForm::base64}) {
      EXPECT_EQ(fault(Algorithm::hmac_sha256, form, text), KeyFault::public_text) << text;
      EXPECT_EQ(fault(Algorithm::token, form, text), KeyFault::public_text) << text;
    }
  }
}

}  // namespace
}  // namespace postern::scheme
