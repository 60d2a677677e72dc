#include <gtest/gtest.h>

#include "gate_checks_support.h"
#include "postern/scheme/certificate.h"

// Keys that the host fetches: what it is asked for, and what each of its answers makes of a
// delivery.

namespace postern::gate {
namespace {

using namespace testing_support;

/// RSA under the key of a certificate that the delivery points at.
class FetchedKey : public testing::Test {
 protected:
  FetchedKey() {
    policy.rule.algorithm = scheme::Algorithm::rsa_pkcs1_sha256;
    policy.rule.encoding = scheme::Encoding::base64;
    policy.rule.key.form = scheme::KeyForm::fetched;
    policy.rule.fetch = {.url = at_header("x-cert-url"),
                         .hosts = hosts,
                         .path_prefix = "/certs/",
                         .names = names,
                         .cache_seconds = 3600};
    gate.emplace(policy.policy(), std::vector{std::string("WH-0123456789")});
    request = sample_request(std::string(sample_body));
    request.headers[1].second = to_base64(std::string(256, '\1'));
    request.headers.emplace_back("x-cert-url", "https://keys.example.com/certs/a.pem");
  }

  static std::string fetched(const std::string& bytes) {
    return Frame().u8(1).bytes32(bytes).bytes();
  }

  static constexpr std::array<std::string_view, 1> hosts = {"keys.example.com"};
  static constexpr std::array<std::string_view, 1> names = {"certs.example.com"};
  SamplePolicy policy;
  std::optional<Gate> gate;
  Request request;
};

TEST_F(FetchedKey, IsCheckedWithAsItStandsInTheCertificate) {
  Way way(*gate, std::string(sample_body));
  const Step fetch = way.begin(request);
  ASSERT_EQ(fetch.effect, EffectKind::fetch_key);
  EXPECT_EQ(Reader(bytes_of(fetch.payload)).text16(), "https://keys.example.com/certs/a.pem");
  const Step check = way.go_on(fetched(make_certificate({})));
  ASSERT_EQ(check.effect, EffectKind::check_signature);
  Reader reader(bytes_of(check.payload));
  EXPECT_EQ(reader.u16(), 1);
  EXPECT_EQ(reader.u8(), 9) << "RSA with SHA-256";
  static_cast<void>(reader.u8());
  EXPECT_EQ(reader.text16(), spki_of(strong_key()));
  EXPECT_EQ(effect_of(way.try_with(found({valid}))), EffectKind::claim);
  EXPECT_EQ(refused_with(way.try_with(found({invalid}))),
            std::pair(401, std::string("bad_signature")));
}

TEST_F(FetchedKey, LetsNothingInWithoutACertificateThatHolds) {
  Way way(*gate, std::string(sample_body));
  static_cast<void>(way.begin(request));
  EXPECT_EQ(refused_with(way.try_with(Frame().u8(0).bytes())),
            std::pair(503, std::string("key_unavailable")));
  const std::string padding(scheme::certificate_bytes_max, '\n');
  for (const std::string& bytes :
       {std::string(), std::string("<html>"), make_certificate({.common_names = {"evil.example"}}),
        make_certificate({}) + padding}) {
    EXPECT_EQ(refused_with(way.try_with(fetched(bytes))),
              std::pair(401, std::string("untrusted_key")));
  }
  for (const std::string& malformed :
       {std::string(), Frame().u8(1).bytes(), fetched("x").substr(0, 5), fetched("x") + "x",
        Frame().u8(0).u8(0).bytes()}) {
    EXPECT_EQ(way.try_with(malformed), "");
  }
}

TEST_F(FetchedKey, OfADeliveryThatHasLostItsSignatureIsOfNoUse) {
  const auto step = read_step(gate->begin(begin_frame(request)));
  const std::optional<std::string> body =
      step->wants_body ? std::optional(std::string(sample_body)) : std::nullopt;
  const auto resumed = [&](const std::string& ticket) {
    return gate->resume(
        resume_frame(ticket, EffectKind::fetch_key, body, fetched(make_certificate({}))));
  };
  EXPECT_EQ(effect_of(resumed(step->ticket)), EffectKind::check_signature);
  EXPECT_EQ(resumed(without_header(step->ticket, "x-signature")), "");
}

}  // namespace
}  // namespace postern::gate
