#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "compiler/catalogue.h"
#include "compiler/toml_text.h"
#include "harness/host/catalogue_files.h"
#include "harness/host/cryptography.h"
#include "harness/host/text_forms.h"
#include "harness/sender/content.h"
#include "harness/sender/fresh_event.h"
#include "harness/sender/recognize.h"
#include "harness/sender/sign.h"

// The sender signs what vendors published, and must get the vendors' signatures. Vectors:
// POSTERN_VECTORS, by default ../shared/vectors/vectors.json from the repository's root.

namespace postern::harness {
namespace {

using nlohmann::json;

/// RFC 8032 section 7.1, test 1: the key of the vectors for the provider with interactions.
constexpr const char* rfc8032_seed =
    "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";

/// The private half that the vendor published beside its asymmetric example.
constexpr const char* published_private_key =
    "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==";

/// Vectors that no sender that follows the manual would sign, or that another version of the scheme
/// signs than the provider's file.
const std::set<std::string> other_content = {
    "twilio/url-special-characters",                 // One library's fallback for an encoded query.
    "twilio/url-with-credentials-443-in-signature",  // An address with a password is none of ours.
    "hubspot/v1",
    "hubspot/v2-get",
    "hubspot/v2-post",
};

std::shared_ptr<const scheme::Scheme> embedded_scheme(const std::string& slug) {
  compiler::Report report;
  return embedded_catalogue().scheme_of(slug, report);
}

/// A scheme that has `event`, and what a scheme must have.
std::shared_ptr<const scheme::Scheme> scheme_with(const std::string& event) {
  const std::string text = "sends = [\"json\"]\n" + event + R"(
[signature]
algorithm = "hmac-sha256"
from = { header = "x-signature" }
encoding = "hex"
content = "{body}"
)";
  compiler::Report report;
  const auto table = compiler::read_toml(text, "scheme", report);
  auto scheme = compiler::read_own_scheme(table.value(), report);
  EXPECT_NE(scheme, nullptr) << as_text(report.sorted(), compiler::Colour::never);
  return scheme;
}

json read_vectors() {
  const char* place = std::getenv("POSTERN_VECTORS");
  std::ifstream stream(place != nullptr ? place : "../shared/vectors/vectors.json");
  return json::parse(stream);
}

std::string slug_of(const json& vector) {
  const std::string provider = vector.at("provider");
  return provider == "gitlab" && vector.value("secret_kind", "") == "token-equality"
             ? "gitlab-token"
             : provider;
}

std::string private_key_of(const std::string& secret_kind) {
  return secret_kind == "ed25519-pub-hex" ? rfc8032_seed
         : secret_kind == "whpk-ed25519"  ? published_private_key
                                          : "";
}

Delivery delivery_of(const json& vector) {
  Delivery delivery;
  delivery.method = vector.at("method");
  const std::string url = vector.at("url");
  const std::size_t mark = url.find('?');
  delivery.query = mark == std::string::npos ? "" : url.substr(mark + 1);
  for (const auto& [name, value] : vector.at("headers").items()) {
    if (value.is_string()) {
      delivery.headers.push_back({name, value});
    }
  }
  delivery.body = vector.contains("body_base64")
                      ? from_base64(vector["body_base64"].get<std::string>()).value()
                      : vector.value("body", "");
  return delivery;
}

/// The configured address, and the same with its default port written the other way or left out.
std::vector<std::string> addresses_of(const json& vector) {
  const std::string url = vector.at("url");
  const std::string address = url.substr(0, url.find('?'));
  const std::size_t host = address.find("://") + 3;
  const std::size_t path = std::min(address.find('/', host), address.size());
  const std::size_t port = std::min(address.find(':', host), path);
  const std::string bare = address.substr(0, port) + address.substr(path);
  const std::string written = address.starts_with("https") ? ":443" : ":80";
  return {address, bare, address.substr(0, port) + written + address.substr(path)};
}

/// Whether every item of every header of `signed_again` stands in the same header of `published`,
/// which may hold more: signatures by other secrets, of other versions.
bool holds_published_signature(const Delivery& signed_again, const Delivery& published) {
  const std::vector<Header> wanted = fold_headers(published.headers);
  for (const Header& header : fold_headers(signed_again.headers)) {
    const auto found = std::ranges::find(wanted, header.name, &Header::name);
    if (found == wanted.end()) {
      return false;
    }
    std::istringstream items(header.value);
    for (std::string item; std::getline(items, item, ',');) {
      if (!found->value.contains(item)) {
        return false;
      }
    }
  }
  return true;
}

bool signs_as_published(const json& vector, const scheme::Scheme& scheme) {
  const Delivery published = delivery_of(vector);
  const std::string secret = vector.at("secret");
  for (const std::string& address : addresses_of(vector)) {
    const auto recognized = recognize(scheme, {secret}, address, published);
    if (!recognized.has_value()) {
      continue;
    }
    Delivery again = published;
    const auto is_signed =
        sign_delivery({.scheme = scheme,
                       .secret = secret,
                       .private_key = private_key_of(vector.value("secret_kind", "")),
                       .at_ms = recognized->at_ms.value_or(0),
                       .time = recognized->time,
                       .id = recognized->id,
                       .url = address,
                       .event_type = "",
                       .rule = std::nullopt},
                      again);
    return is_signed.has_value() && holds_published_signature(again, published);
  }
  return false;
}

// The other providers have no published delivery that verifies; their fixtures are signed
// elsewhere.
TEST(Sign, GivesThePublishedSignatureOfEveryProviderThatHasOne) {
  std::map<std::string, int> counts;
  for (const json& vector : read_vectors()) {
    const auto scheme = embedded_scheme(slug_of(vector));
    const bool is_ours =
        scheme != nullptr && vector.contains("kind") && vector.at("expect") == "valid" &&
        vector.at("provider") != "paypal" && !vector.value("origin", "").empty() &&
        !other_content.contains(slug_of(vector) + "/" + vector.at("name").get<std::string>());
    // A delivery that is not signed at all, such as a probe, has nothing to compare, nor has one
    // whose signer takes chance.
    if (!is_ours || vector.value("authenticated", true) == false ||
        scheme->signatures[0].algorithm == scheme::Algorithm::ecdsa_p256_sha256) {
      continue;
    }
    EXPECT_TRUE(signs_as_published(vector, *scheme))
        << vector.at("provider") << "/" << vector.at("name");
    ++counts[slug_of(vector)];
  }
  for (const char* provider : {"stripe", "github", "slack", "shopify", "discord", "twilio",
                               "pagerduty", "standard-webhooks", "svix"}) {
    EXPECT_GT(counts[provider], 0) << provider << " has no vector";
  }
}

TEST(Sign, WritesTheContentThatAPublishedCertificateVerifies) {
  int verified = 0;
  for (const json& vector : read_vectors()) {
    if (vector.at("provider") != "paypal" || vector.value("expect", "") != "valid") {
      continue;
    }
    const std::string pem = vector.at("aux").at("cert_pem");
    BIO* bio = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
    X509* certificate = PEM_read_bio_X509(bio, nullptr, nullptr, nullptr);
    ASSERT_NE(certificate, nullptr);
    EVP_PKEY* key = X509_get0_pubkey(certificate);
    std::string der(static_cast<std::size_t>(i2d_PUBKEY(key, nullptr)), '\0');
    auto* position = reinterpret_cast<unsigned char*>(der.data());
    i2d_PUBKEY(key, &position);
    X509_free(certificate);
    BIO_free(bio);

    const Delivery delivery = delivery_of(vector);
    const json& headers = vector.at("headers");
    const std::string content = render_content(embedded_scheme("paypal")->signatures[0].content,
                                               {.delivery = delivery,
                                                .timestamp = headers.at("PAYPAL-TRANSMISSION-TIME"),
                                                .id = headers.at("PAYPAL-TRANSMISSION-ID"),
                                                .url = "",
                                                .secret = vector.at("secret")})
                                    .value();
    const std::string signature =
        from_base64(headers.at("PAYPAL-TRANSMISSION-SIG").get<std::string>()).value();
    EXPECT_EQ(
        verify_signature(Algorithm::rsa_pkcs1_sha256, KeyFormat::spki, der, content, signature),
        Verified::valid);
    EXPECT_EQ(verify_signature(Algorithm::rsa_pkcs1_sha256, KeyFormat::spki, der, content + "x",
                               signature),
              Verified::invalid);
    ++verified;
  }
  EXPECT_GT(verified, 0);
}

TEST(Recognize, FindsNoSignerForWhatWasForged) {
  int refused = 0;
  for (const json& vector : read_vectors()) {
    const auto scheme = embedded_scheme(slug_of(vector));
    const std::string name = vector.at("name");
    const bool is_forged = scheme != nullptr && vector.value("expect", "") == "invalid" &&
                           (name.contains("tampered") || name.contains("wrong"));
    if (is_forged && vector.at("provider") != "paypal") {
      const Delivery delivery = delivery_of(vector);
      for (const std::string& address : addresses_of(vector)) {
        EXPECT_FALSE(
            recognize(*scheme, {vector.at("secret").get<std::string>()}, address, delivery))
            << vector.at("provider") << "/" << name;
      }
      ++refused;
    }
  }
  EXPECT_GT(refused, 10);
}

TEST(Sign, SaysWhatIsMissingAndNeverTheSecret) {
  const auto scheme = embedded_scheme("standard-webhooks");
  ASSERT_NE(scheme, nullptr);
  Delivery delivery;
  delivery.body = "{}";
  const auto is_signed = sign_delivery({.scheme = *scheme,
                                        .secret = "not!base64!at!all",
                                        .private_key = "",
                                        .at_ms = 0,
                                        .id = "",
                                        .url = "",
                                        .event_type = "",
                                        .rule = std::nullopt},
                                       delivery);
  ASSERT_FALSE(is_signed.has_value());
  EXPECT_EQ(
      is_signed.error().why,
      "the secret is not in the form that the scheme wants: `whsec_` and base64 of 24 to 64 bytes");
}

TEST(NameEvent, PutsTheTypeWhereTheSchemeReadsIt) {
  std::string body = R"({"id":"1","meta":{"kind":"old","at":7}})";
  EXPECT_TRUE(
      name_event(*scheme_with(R"(event = { type = { body = "/meta/kind" } })"), "alarm", body));
  EXPECT_EQ(body, R"({"id":"1","meta":{"kind":"alarm","at":7}})");

  std::string same = R"({ "meta": { "kind": "alarm" } })";
  EXPECT_TRUE(
      name_event(*scheme_with(R"(event = { type = { body = "/meta/kind" } })"), "alarm", same));
  EXPECT_EQ(same, R"({ "meta": { "kind": "alarm" } })");

  EXPECT_TRUE(
      name_event(*scheme_with(R"(event = { type = { header = "X-Event" } })"), "push", body));
  EXPECT_EQ(body, R"({"id":"1","meta":{"kind":"alarm","at":7}})");
}

TEST(NameEvent, SaysThatThereIsNoPlace) {
  std::string body = R"({"id":"1"})";
  EXPECT_FALSE(name_event(*scheme_with(R"(event = { identity = { body = "/id" } })"), "a", body));
  const auto nested = scheme_with(R"(event = { type = { body = "/meta/kind" } })");
  for (const std::string_view wrong : {R"({"meta":"text"})", R"({"meta":[1]})", R"([])", "{"}) {
    std::string other(wrong);
    EXPECT_FALSE(name_event(*nested, "a", other)) << wrong;
    EXPECT_EQ(other, wrong);
  }
  std::string form = "kind=old";
  EXPECT_FALSE(name_event(*scheme_with(R"(event = { type = { body = "/kind" } })"), "a", form));
  EXPECT_EQ(form, "kind=old");
}

}  // namespace
}  // namespace postern::harness
