#include <openssl/evp.h>
#include <openssl/x509.h>

#include <numeric>

#include "core_support.h"
#include "postern/scheme/key.h"

namespace postern::scheme {
namespace {

using namespace testing_support;

std::optional<std::string> decode(const KeyRule& rule, std::string_view text,
                                  Algorithm algorithm = Algorithm::hmac_sha256) {
  Room room;
  const auto key = decode_secret(algorithm, rule, text, room.arena);
  return key.has_value() ? std::optional(owned(*key)) : std::nullopt;
}

KeyRule form(KeyForm form) { return {.form = form, .prefix = {}}; }

constexpr KeyRule standard_webhooks = {.form = KeyForm::base64,
                                       .prefix = "whsec_",
                                       .prefix_rule = PrefixRule::optional,
                                       .bytes_min = 24,
                                       .bytes_max = 64};

// Attack catalogue A08.
TEST(DecodeSecret, RefusesEmptyAndBlankTextInEveryForm) {
  for (const KeyForm one : {KeyForm::utf8, KeyForm::hex, KeyForm::base64, KeyForm::pem,
                            KeyForm::spki, KeyForm::fetched}) {
    for (const std::string_view text : {"", " ", "\n", " \t\r\n"}) {
      EXPECT_EQ(decode(form(one), text), std::nullopt) << static_cast<int>(one);
    }
  }
  EXPECT_EQ(decode(standard_webhooks, "whsec_"), std::nullopt);
  EXPECT_EQ(decode({.form = KeyForm::utf8, .prefix = "whsec_"}, "whsec_"), std::nullopt);
}

TEST(DecodeSecret, TakesTheTextItselfAsUtf8) {
  EXPECT_EQ(decode(form(KeyForm::utf8), "whsec_abc"), "whsec_abc");
  EXPECT_EQ(decode(form(KeyForm::utf8), " abcde "),
            " abcde ");  // A26: another key, not a trimmed one.
}

// Attack catalogue A24: there is no fallback to the text's own bytes.
TEST(DecodeSecret, TakesOneSpellingOfBase64Only) {
  const std::string text = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYX";
  std::string key;
  for (int i = 0; i < 24; ++i) {
    key.push_back(static_cast<char>(i));
  }
  EXPECT_EQ(decode(standard_webhooks, text), key);
  EXPECT_EQ(decode(standard_webhooks, "whsec_" + text), key);
  for (const std::string& bad :
       {text + "=", text + "\n", " " + text, "whsec_whsec_" + text, "WHSEC_" + text, text.substr(1),
        std::string("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGB=="),
        std::string("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGA"), "-_" + text.substr(2),
        std::string("not base64 at all, but long enough")}) {
    EXPECT_EQ(decode(standard_webhooks, bad), std::nullopt) << bad;
  }
}

TEST(DecodeSecret, HoldsTheDecodedKeyToItsBounds) {
  const auto key_of = [](std::size_t size) {
    std::string text(4 * ((size + 2) / 3) + 1, '\0');
    std::string bytes(size, '\0');
    std::iota(bytes.begin(), bytes.end(), '\0');
    text.resize(static_cast<std::size_t>(EVP_EncodeBlock(
        reinterpret_cast<unsigned char*>(text.data()),
        reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(size))));
    return text;
  };
  EXPECT_EQ(decode(standard_webhooks, key_of(23)), std::nullopt);
  EXPECT_TRUE(decode(standard_webhooks, key_of(24)).has_value());
  EXPECT_TRUE(decode(standard_webhooks, key_of(64)).has_value());
  EXPECT_EQ(decode(standard_webhooks, key_of(65)), std::nullopt);
}

TEST(DecodeSecret, WantsAPrefixWhereItIsRequired) {
  KeyRule rule = standard_webhooks;
  rule.prefix = "whpk_";
  rule.prefix_rule = PrefixRule::required;
  rule.bytes_min = 32;
  rule.bytes_max = 32;
  const std::string key = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";  // RFC 8032, test 1.
  EXPECT_TRUE(decode(rule, "whpk_" + key, Algorithm::ed25519).has_value());
  EXPECT_EQ(decode(rule, key), std::nullopt);
  EXPECT_EQ(decode(rule, "whsec_" + key), std::nullopt);
}

// Senders hand keys out in either case, and nothing is compared by a key's text.
TEST(DecodeSecret, TakesHexInEitherCase) {
  for (const std::string_view text : {"00ff80017f", "00FF80017F", "00Ff80017f"}) {
    EXPECT_EQ(decode(form(KeyForm::hex), text), (std::string("\x00\xff\x80\x01\x7f", 5))) << text;
  }
  for (const std::string_view bad : {"0", "0x00", "00f", "00 ff", "zz"}) {
    EXPECT_EQ(decode(form(KeyForm::hex), bad), std::nullopt) << bad;
  }
}

TEST(DecodeSecret, RefusesMoreTextThanAnyKeyHas) {
  std::string longest;
  for (int i = 0; longest.size() < secret_text_bytes_max; ++i) {
    longest += std::to_string(i);
  }
  longest.resize(secret_text_bytes_max);
  EXPECT_TRUE(decode(form(KeyForm::utf8), longest).has_value());
  EXPECT_EQ(decode(form(KeyForm::utf8), longest + "k"), std::nullopt);
}

/// A public key that OpenSSL made, in DER and in PEM.
TEST(DecodeSecret, ReadsPublicKeysAsOpensslWritesThem) {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(key, &der);
  const std::string bytes(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  EVP_PKEY_free(key);
  std::string base64(256, '\0');
  base64.resize(static_cast<std::size_t>(
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(base64.data()),
                      reinterpret_cast<const unsigned char*>(bytes.data()), size)));
  const std::string head = "-----BEGIN PUBLIC KEY-----";
  const std::string tail = "-----END PUBLIC KEY-----";
  const std::string lines = base64.substr(0, 64) + "\n" + base64.substr(64) + "\n";
  constexpr Algorithm p256 = Algorithm::ecdsa_p256_sha256;
  EXPECT_EQ(decode(form(KeyForm::spki), base64, p256), bytes);
  for (const std::string& pem : {head + "\n" + lines + tail + "\n", head + "\n" + lines + tail,
                                 head + "\r\n" + base64 + "\r\n" + tail, head + base64 + tail}) {
    EXPECT_EQ(decode(form(KeyForm::pem), pem, p256), bytes) << pem;
  }
  for (const std::string& bad :
       {base64, head, head + tail, tail + head, head + base64, base64 + tail,
        "x" + head + base64 + tail, head + " " + base64 + tail,
        "-----BEGIN PRIVATE KEY-----" + base64 + "-----END PRIVATE KEY-----"}) {
    EXPECT_EQ(decode(form(KeyForm::pem), bad, p256), std::nullopt) << bad;
  }
}

}  // namespace
}  // namespace postern::scheme
