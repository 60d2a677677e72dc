#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "harness/derive/derive_cases.h"
#include "harness/derive/other_secret.h"
#include "harness/fixture/read_fixture.h"
#include "harness/host/catalogue_files.h"
#include "harness/host/disk_files.h"
#include "harness/host/text_forms.h"
#include "harness/sender/places.h"

namespace postern::harness {
namespace {

namespace fs = std::filesystem;

/// Source: https://github.com/octokit/webhooks-methods.js, as in fixtures/github.
const std::string signature =
    "sha256=4864d2759938a15468b5df9ade20bf161da9b4f737ea61794142f3484236bda3";

/// What `text` of a genuine fixture of `provider` is derived, and the codes of its mistakes.
struct Derived {
  std::vector<DerivedCase> cases;
  std::vector<std::string> mistakes;
};

Derived derive(const std::string& text) {
  const fs::path file = fs::temp_directory_path() / "postern_derive_test.toml";
  std::ofstream(file, std::ios::binary) << text;
  Derived derived;
  compiler::Report report;
  compiler::Catalogue catalogue = embedded_catalogue();
  if (auto fixture = read_fixture(disk_files(), file.string(), report)) {
    if (const auto compiled = compile_case(std::move(*fixture), catalogue, report)) {
      derived.cases = derive_cases(*compiled, catalogue, report);
    }
  }
  fs::remove(file);
  for (const compiler::Diagnostic& diagnostic : report.sorted()) {
    derived.mistakes.push_back(diagnostic.code);
  }
  return derived;
}

std::string genuine(const std::string& origin, const std::string& body,
                    const std::string& more = "") {
  return "shows = \"It shows.\"\norigin = \"" + origin +
         "\"\ngenuine = true\n[source]\nprovider = \"github\"\nsecrets = [\"mysecret\"]\n"
         "[[step]]\nat = 1700000000\n" +
         more + "request.headers = [[\"x-hub-signature-256\", \"" + signature +
         "\"]]\nrequest.body = '" + body + "'\nexpect = { status = 200 }\n";
}

using Mistakes = std::vector<std::string>;

TEST(DeriveCases, MakesThemOfADeliveryThatTheSignerConfirms) {
  const Derived derived = derive(genuine("documented", R"({"foo":"bar"})"));
  EXPECT_EQ(derived.mistakes, Mistakes{});
  ASSERT_GT(derived.cases.size(), 20U);
  for (const DerivedCase& one : derived.cases) {
    EXPECT_TRUE(one.name.starts_with("derived/"));
    EXPECT_EQ(one.compiled.has_value(), one.why_not.empty()) << one.name;
  }
  const auto limit = std::ranges::find(derived.cases, "derived/age-limit", &DerivedCase::name);
  EXPECT_EQ(limit->why_not, "no time is signed");
}

TEST(DeriveCases, RefusesADeliveryOfWhichTheSignerMakesAnotherSignature) {
  EXPECT_EQ(derive(genuine("documented", R"({"foo":"baz"})")).mistakes,
            Mistakes{"signer-disagrees"});
}

TEST(DeriveCases, RefusesADeliveryThatNobodyConfirmsAsTheProvidersFileSays) {
  for (const char* origin : {"made", "confirmed"}) {
    EXPECT_EQ(derive(genuine(origin, R"({"foo":"bar"})")).mistakes, Mistakes{"unconfirmed"});
  }
  EXPECT_EQ(derive(genuine("captured", R"({"foo":"bar"})")).mistakes, Mistakes{});
}

TEST(DeriveCases, RefusesADeliveryThatIsNotAsItWasReceived) {
  EXPECT_EQ(derive(genuine("documented", R"({"foo":"bar"})", "sign = true\n")).mistakes,
            Mistakes{"not-as-received"});
  std::string elsewhere = genuine("documented", R"({"foo":"bar"})");
  elsewhere.replace(elsewhere.find("x-hub-signature-256"), 19, "x-hub-signature-512");
  EXPECT_EQ(derive(elsewhere).mistakes, Mistakes{"no-signature"});
}

scheme::SignatureRule rule_of(scheme::Algorithm algorithm, scheme::KeyForm form,
                              std::string_view prefix = "") {
  scheme::SignatureRule rule;
  rule.algorithm = algorithm;
  rule.key.form = form;
  rule.key.prefix = prefix;
  return rule;
}

TEST(OtherSecret, HasTheFormOfTheGenuineOneAndIsNotIt) {
  using scheme::Algorithm;
  using scheme::KeyForm;
  const std::string key = "whsec_AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA=";
  const auto base64 = rule_of(Algorithm::hmac_sha256, KeyForm::base64, "whsec_");
  const std::string other = derive::other_secret(base64, key, 0);
  EXPECT_TRUE(other.starts_with("whsec_"));
  EXPECT_EQ(from_base64(other.substr(6)).value().size(), 32U);
  const auto hex = rule_of(Algorithm::hmac_sha256, KeyForm::hex);
  EXPECT_EQ(derive::other_secret(hex, "00ff", 0), "01ff");
  EXPECT_EQ(derive::other_secret(hex, "00ff", 1), "02ff");
  const auto text = rule_of(Algorithm::basic, KeyForm::utf8);
  for (const std::string secret : {"user:passwor9", "user:password", "user:passworZ", "user:a-"}) {
    const std::string first = derive::other_secret(text, secret, 0);
    const std::string second = derive::other_secret(text, secret, 1);
    EXPECT_TRUE(first != secret && second != secret && first != second) << secret;
    EXPECT_EQ(first.size(), secret.size());
  }
}

TEST(OtherSecret, IsAPublicKeyOfTheSameKind) {
  using scheme::Algorithm;
  using scheme::KeyForm;
  const auto raw = [](Algorithm algorithm) {
    return from_hex(derive::other_secret(rule_of(algorithm, KeyForm::hex), "", 0)).value();
  };
  EXPECT_EQ(raw(Algorithm::ed25519).size(), 32U);
  EXPECT_EQ(raw(Algorithm::ecdsa_p256_sha256).size(), 65U);
  EXPECT_EQ(raw(Algorithm::ecdsa_p256_sha256).front(), 4);
  const std::string pem =
      derive::other_secret(rule_of(Algorithm::rsa_pkcs1_sha256, KeyForm::pem), "", 1);
  EXPECT_TRUE(pem.starts_with("-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQ"));
}

std::optional<std::string> marked(const std::string& value) { return value + "!"; }
std::optional<std::string> removed(const std::string& /*value*/) { return std::nullopt; }

TEST(Places, AreReadChangedAndRemovedWhereverAValueMayStand) {
  Delivery delivery{
      .path = {}, .query = "a=1&sig=s1", .client_address = {}, .headers = {}, .body = {}};
  delivery.headers = {{"X-Signature", "t=5,v1=aa,v1=bb,v0=cc"}, {"x-other", "v1=dd"}};
  delivery.body = R"({"a/b":{"c":"x"},"n":7})";

  const scheme::Locator item{.place = scheme::Place::header,
                             .name = "x-signature",
                             .separator = ',',
                             .pair = '=',
                             .item = "v1"};
  EXPECT_EQ(values_at(item, delivery), (std::vector<std::string>{"aa", "bb"}));
  Delivery changed = delivery;
  edit_values(item, marked, changed);
  EXPECT_EQ(changed.headers[0].value, "t=5,v1=aa!,v1=bb!,v0=cc");
  edit_values(item, removed, changed);
  EXPECT_EQ(changed.headers[0].value, "t=5,v0=cc");
  EXPECT_EQ(changed.headers[1].value, "v1=dd");

  const scheme::Locator parameter{.place = scheme::Place::query, .name = "sig"};
  edit_values(parameter, marked, changed);
  EXPECT_EQ(changed.query, "a=1&sig=s1!");
  edit_values(parameter, removed, changed);
  EXPECT_EQ(changed.query, "a=1");

  const std::vector<std::string_view> tokens = {"a/b", "c"};
  const scheme::Locator field{.place = scheme::Place::body, .pointer = {tokens}};
  EXPECT_EQ(values_at(field, delivery), std::vector<std::string>{"x"});
  edit_values(field, removed, changed);
  EXPECT_EQ(changed.body, R"({"a/b":{},"n":7})");
}

TEST(Places, AreRepeatedWhereThatCanBe) {
  Delivery delivery{.path = {}, .query = "sig=s1", .client_address = {}, .headers = {}, .body = {}};
  delivery.headers = {{"x-signature", "s"}};
  EXPECT_TRUE(repeat_place({.place = scheme::Place::header, .name = "x-signature"}, delivery));
  EXPECT_EQ(fold_headers(delivery.headers)[0].value, "s, s");
  EXPECT_TRUE(repeat_place({.place = scheme::Place::query, .name = "sig"}, delivery));
  EXPECT_EQ(delivery.query, "sig=s1&sig=s1");
  EXPECT_FALSE(repeat_place({.place = scheme::Place::body}, delivery));
}

}  // namespace
}  // namespace postern::harness
