#include "certificate_support.h"
#include "core_support.h"
#include "postern/scheme/certificate.h"
#include "postern/scheme/der.h"

namespace postern::scheme {
namespace {

using namespace testing_support;

constexpr std::array<std::string_view, 2> hosts = {"api.paypal.com", "api.sandbox.paypal.com"};
constexpr std::array<std::string_view, 1> names = {"certs.example.com"};

KeyFetch fetch_rule() {
  KeyFetch fetch;
  fetch.hosts = hosts;
  fetch.path_prefix = "/v1/notifications/certs/";
  fetch.names = names;
  return fetch;
}

// Attack catalogue I01 to I03 and I08.
TEST(IsTrustedKeyUrl, TakesAPlainPathOnOneOfTheHosts) {
  const KeyFetch fetch = fetch_rule();
  for (const std::string url : {"https://api.paypal.com/v1/notifications/certs/CERT-360caa42",
                                "https://api.sandbox.paypal.com/v1/notifications/certs/a/b.pem",
                                "https://api.paypal.com/v1/notifications/certs/x"}) {
    EXPECT_TRUE(is_trusted_key_url(fetch, url)) << url;
  }
}

TEST(IsTrustedKeyUrl, RefusesEveryOtherWayToWriteOne) {
  const KeyFetch fetch = fetch_rule();
  const std::string path = "/v1/notifications/certs/CERT-1";
  for (const std::string& url : {
           std::string(),
           "http://api.paypal.com" + path,
           "HTTPS://api.paypal.com" + path,
           "https://API.paypal.com" + path,
           "https://evil.example" + path,
           "https://api.paypal.com.evil.example" + path,
           "https://evil-api.paypal.com" + path,
           "https://xapi.paypal.com" + path,
           "https://paypal.com" + path,
           "https://api.paypal.com." + path,
           "https://api.paypal.com@evil.example" + path,
           "https://evil.example@api.paypal.com" + path,
           "https://api.paypal.com:443" + path,
           "https://api.paypal.com:8443" + path,
           "https://api.paypal.com:" + path,
           "https://127.0.0.1" + path,
           "https://[::1]" + path,
           "https://api.p\xd0\xb0ypal.com" + path,
           "https://api.paypal.com%2eevil.example" + path,
           "https://api.paypal.com" + path + "?x=.pem",
           "https://api.paypal.com" + path + "?",
           "https://api.paypal.com" + path + "#x",
           "https://api.paypal.com" + path + "%2e%2e/x",
           "https://api.paypal.com" + path + "/./x",
           "https://api.paypal.com" + path + "/..",
           std::string("https://api.paypal.com/v1/notifications/certs/./a"),
           "https://api.paypal.com" + path + ";x",
           "https://api.paypal.com" + path + "@x",
           std::string("https://api.paypal.com/v1/notifications/certs/"),
           std::string("https://api.paypal.com/v1/notifications/certs/../../x"),
           std::string("https://api.paypal.com/v1/notifications/certs//x"),
           std::string("https://api.paypal.com/v1/notifications/certs"),
           std::string("https://api.paypal.com/x/v1/notifications/certs/a"),
           std::string("https://api.paypal.com"),
           std::string("https://s3.amazonaws.com/b/SimpleNotificationService-x.pem"),
           std::string("https://evil.example/?https://api.paypal.com/v1/notifications/certs/a"),
           std::string("https://evil.example\\@api.paypal.com/v1/notifications/certs/a"),
       }) {
    EXPECT_FALSE(is_trusted_key_url(fetch, url)) << url;
  }
}

constexpr std::int64_t now = certificate_now;
constexpr std::int64_t day = certificate_day;

std::optional<std::string> public_key(const std::string& pem, std::int64_t at) {
  Room room;
  const KeyFetch fetch = fetch_rule();
  const auto key = public_key_of(fetch, bytes_of(pem), at, room.arena);
  return key.has_value() ? std::optional(owned(*key)) : std::nullopt;
}

TEST(PublicKeyOf, GivesTheKeyThatOpensslPutIn) {
  EXPECT_EQ(public_key(make_certificate({}), now), spki_of(strong_key()));
}

TEST(PublicKeyOf, TakesTheFirstOfAChain) {
  const PublicKey other = rsa_key(2048);
  const std::string chain = make_certificate({}) + make_certificate({.key = other.get()});
  EXPECT_EQ(public_key(chain, now), spki_of(strong_key()));
  EXPECT_EQ(public_key("subject=/CN=x\n" + chain, now), spki_of(strong_key()));
}

TEST(PublicKeyOf, HoldsTheValidityToTheSecond) {
  const std::string pem = make_certificate({});
  EXPECT_FALSE(public_key(pem, now - day - 1).has_value());
  EXPECT_TRUE(public_key(pem, now - day).has_value());
  EXPECT_TRUE(public_key(pem, now + day).has_value());
  EXPECT_FALSE(public_key(pem, now + day + 1).has_value());
}

// From 2050 on, RFC 5280 wants GeneralizedTime.
TEST(PublicKeyOf, ReadsBothSpellingsOfATime) {
  constexpr std::int64_t in_2051 = 2'556'144'000;
  const std::string pem = make_certificate({.until = in_2051});
  EXPECT_TRUE(public_key(pem, in_2051).has_value());
  EXPECT_FALSE(public_key(pem, in_2051 + 1).has_value());
  const std::string old = make_certificate({.from = -day, .until = day});  // 1969 and 1970.
  EXPECT_TRUE(public_key(old, 0).has_value());
  EXPECT_FALSE(public_key(old, now).has_value());
}

TEST(PublicKeyOf, WantsExactlyOneCommonNameOfTheList) {
  for (const std::vector<std::string>& common_names : {std::vector<std::string>{},
                                                       {"evil.example"},
                                                       {"xcerts.example.com"},
                                                       {"certs.example.com.evil.example"},
                                                       {"CERTS.example.com"},
                                                       {"*.example.com"},
                                                       {"certs.example.com", "certs.example.com"},
                                                       {"certs.example.com", "evil.example"},
                                                       {"evil.example", "certs.example.com"}}) {
    EXPECT_FALSE(public_key(make_certificate({.common_names = common_names}), now).has_value());
  }
  const std::string with_nul("certs.example.com\0.evil", 23);
  EXPECT_FALSE(public_key(make_certificate({.common_names = {with_nul}}), now).has_value());
}

TEST(PublicKeyOf, WantsAStrongRsaKey) {
  const PublicKey weak = rsa_key(1024);
  const PublicKey nearly = rsa_key(2040);
  const PublicKey curve(EVP_EC_gen("P-256"), EVP_PKEY_free);
  for (EVP_PKEY* key : {weak.get(), nearly.get(), curve.get()}) {
    EXPECT_FALSE(public_key(make_certificate({.key = key}), now).has_value());
  }
  const PublicKey stronger = rsa_key(3072);
  EXPECT_EQ(public_key(make_certificate({.key = stronger.get()}), now), spki_of(stronger.get()));
}

TEST(PublicKeyOf, RefusesWhatIsNoCertificate) {
  const std::string pem = make_certificate({});
  const std::string head = "-----BEGIN CERTIFICATE-----";
  for (const std::string& text :
       {std::string(), std::string("not found"), head, head + "-----END CERTIFICATE-----",
        head + "\n!!!!\n-----END CERTIFICATE-----", std::string(70000, 'A'),
        head + "MAAwAA==-----END CERTIFICATE-----"}) {
    EXPECT_FALSE(public_key(text, now).has_value());
  }
}

std::string der_of(const std::string& pem) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free);
  char* name = nullptr;
  char* header = nullptr;
  unsigned char* data = nullptr;
  long size = 0;
  PEM_read_bio(bio.get(), &name, &header, &data, &size);
  std::string der(reinterpret_cast<const char*>(data), static_cast<std::size_t>(size));
  OPENSSL_free(name);
  OPENSSL_free(header);
  OPENSSL_free(data);
  return der;
}

std::string pem_of(const std::string& der) {
  std::string base64(4 * (der.size() / 3 + 1) + 1, '\0');
  base64.resize(static_cast<std::size_t>(EVP_EncodeBlock(
      reinterpret_cast<unsigned char*>(base64.data()),
      reinterpret_cast<const unsigned char*>(der.data()), static_cast<int>(der.size()))));
  return "-----BEGIN CERTIFICATE-----" + base64 + "-----END CERTIFICATE-----";
}

TEST(PublicKeyOf, SurvivesEveryChangedByteAndEveryCut) {
  const std::string der = der_of(make_certificate({}));
  ASSERT_TRUE(public_key(pem_of(der), now).has_value());
  for (std::size_t at = 0; at < der.size(); ++at) {
    EXPECT_FALSE(public_key(pem_of(der.substr(0, at)), now).has_value());
    for (const int change : {1, 2, 4, 8, 16, 32, 64, 128, 255}) {
      std::string changed = der;
      changed[at] = static_cast<char>(changed[at] ^ change);
      static_cast<void>(public_key(pem_of(changed), now));
    }
  }
  EXPECT_FALSE(public_key(pem_of(der + "x"), now).has_value());
}

// Source: vectors.json, PayPal's certificate as its Java SDK has it.
TEST(PublicKeyOf, ReadsPaypalsOwnCertificate) {
  const char* path = std::getenv("POSTERN_VECTORS");
  std::ifstream stream(path == nullptr ? "../shared/vectors/vectors.json" : path);
  const auto vectors = nlohmann::json::parse(stream, nullptr, false);
  std::size_t cases = 0;
  for (const auto& vector : vectors) {
    if (vector["provider"] != "paypal" || !vector.contains("aux")) {
      continue;
    }
    ++cases;
    const std::string pem = vector["aux"]["cert_pem"].get<std::string>();
    const std::unique_ptr<BIO, decltype(&BIO_free)> bio(
        BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free);
    const std::unique_ptr<X509, decltype(&X509_free)> certificate(
        PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr), X509_free);
    ASSERT_NE(certificate, nullptr);
    std::array<char, 256> name{};
    X509_NAME_get_text_by_NID(X509_get_subject_name(certificate.get()), NID_commonName, name.data(),
                              static_cast<int>(name.size()));
    std::tm from{};
    ASN1_TIME_to_tm(X509_get0_notBefore(certificate.get()), &from);
    const std::array<std::string_view, 1> certificate_names = {name.data()};
    KeyFetch fetch = fetch_rule();
    fetch.names = certificate_names;
    Room room;
    const std::int64_t issued = timegm(&from);
    const auto key = public_key_of(fetch, bytes_of(pem), issued, room.arena);
    ASSERT_TRUE(key.has_value());
    EXPECT_EQ(owned(*key), spki_of(X509_get0_pubkey(certificate.get())));
    EXPECT_FALSE(public_key_of(fetch, bytes_of(pem), issued - 1, room.arena).has_value());
  }
  EXPECT_GT(cases, 0U);
}

bool is_element(const std::string& bytes) { return DerReader(bytes_of(bytes)).next(); }

// X.690 section 10.1: lengths are definite and in the fewest octets.
TEST(DerReader, RefusesWhatIsNotDistinguished) {
  EXPECT_TRUE(is_element(from_hex("0400")));
  const std::string two = from_hex("0402aabb0500");
  DerReader reader(bytes_of(two));
  EXPECT_TRUE(reader.next());
  EXPECT_EQ(reader.tag(), 4);
  EXPECT_EQ(owned(reader.content()), from_hex("aabb"));
  EXPECT_EQ(owned(reader.whole()), from_hex("0402aabb"));
  EXPECT_TRUE(is_element(from_hex("048180") + std::string(128, 'a')));
  EXPECT_TRUE(is_element(from_hex("04820100") + std::string(256, 'a')));
  for (const std::string& bytes :
       {std::string(), from_hex("04"), from_hex("0401"), from_hex("0480"), from_hex("04800000"),
        from_hex("048101aa"), from_hex("04817f") + std::string(127, 'a'),
        from_hex("048200ff") + std::string(255, 'a'),
        from_hex("0483010000") + std::string(65536, 'a'),
        from_hex("048180") + std::string(127, 'a'), from_hex("1f0100"), from_hex("ff0100"),
        from_hex("0481"), from_hex("048201"), from_hex("04ff")}) {
    EXPECT_FALSE(is_element(bytes)) << to_hex(bytes.substr(0, 8));
  }
}

TEST(DerReader, GivesNothingBehindAFault) {
  const std::string bytes = from_hex("0201010401aa");
  DerReader reader(bytes_of(bytes));
  EXPECT_FALSE(reader.expect(der_sequence));
  EXPECT_TRUE(reader.content().empty());
  EXPECT_TRUE(reader.whole().empty());
  EXPECT_FALSE(reader.next());
  DerReader good(bytes_of(bytes));
  EXPECT_TRUE(good.expect(der_integer));
  EXPECT_FALSE(good.is_at_end());
  EXPECT_TRUE(good.next());
  EXPECT_TRUE(good.is_at_end());
  EXPECT_FALSE(good.next());
  EXPECT_TRUE(good.content().empty()) << "At the end nothing stays of the last element.";
}

TEST(DerReader, EntersAnElementOfTheTagOnly) {
  const std::string bytes = from_hex("3003020105") + from_hex("3103020106");
  DerReader reader(bytes_of(bytes));
  DerReader sequence = reader.enter(der_sequence);
  EXPECT_TRUE(sequence.expect(der_integer));
  EXPECT_EQ(owned(sequence.content()), from_hex("05"));
  EXPECT_TRUE(reader.enter(der_sequence).is_at_end());
  EXPECT_TRUE(reader.is_at_end());
}

TEST(NextUnsigned, TakesTheOneSpellingOfNumbersThatAreNotNegative) {
  const auto magnitude = [](const std::string& der) {
    const std::string encoded = from_hex(der);
    DerReader reader(bytes_of(encoded));
    return to_hex(owned(next_unsigned(reader)));
  };
  EXPECT_EQ(magnitude("020100"), "00");
  EXPECT_EQ(magnitude("02017f"), "7f");
  EXPECT_EQ(magnitude("02020080"), "80");
  for (const std::string der : {"0200", "020180", "0202007f", "02020000", "0203000080", "040101"}) {
    EXPECT_EQ(magnitude(der), "") << der;
  }
}

}  // namespace
}  // namespace postern::scheme
