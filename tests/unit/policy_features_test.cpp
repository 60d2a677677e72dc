#include "postern/policy/policy_features.h"

#include <gtest/gtest.h>

#include <array>
#include <span>
#include <utility>

#include "policy_sample.h"

namespace postern::policy {
namespace {

using sample::Sample;
using scheme::Algorithm;
using scheme::Place;

/// A policy that needs nothing: of the sample, HMAC with SHA-256 over headers and JSON.
struct Plain : Sample {
  Plain() {
    for (scheme::SignatureRule& rule : signatures) {
      rule.algorithm = Algorithm::hmac_sha256;
      rule.key = {};
      rule.fetch = {};
      rule.ports = scheme::PortRule::exact;
      rule.body_hash_query = {};
    }
    challenges[0].conditions = conditions;
    challenges[0].reply = std::span(reply).first(1);
  }
};

TEST(PolicyFeatures, AreNoneForAPolicyOfTheCommonKind) {
  const Plain plain;
  EXPECT_EQ(features_of(plain.policy), set_of());
}

TEST(PolicyFeatures, AreThoseOfTheAlgorithms) {
  const std::array<std::pair<Algorithm, Features>, 14> needed = {{
      {Algorithm::hmac_sha1, set_of(Feature::sha1)},
      {Algorithm::hmac_sha224, set_of()},
      {Algorithm::hmac_sha256, set_of()},
      {Algorithm::hmac_sha384, set_of(Feature::wide_sha2)},
      {Algorithm::hmac_sha512, set_of(Feature::wide_sha2)},
      {Algorithm::ed25519, set_of(Feature::ed25519)},
      {Algorithm::ecdsa_p256_sha256, set_of(Feature::public_key)},
      {Algorithm::rsa_pkcs1_sha1, set_of(Feature::public_key)},
      {Algorithm::rsa_pkcs1_sha256, set_of(Feature::public_key)},
      {Algorithm::token, set_of()},
      {Algorithm::basic, set_of()},
      {Algorithm::sha1, set_of(Feature::plain_hash, Feature::sha1)},
      {Algorithm::sha256, set_of(Feature::plain_hash)},
      {Algorithm::sha512, set_of(Feature::plain_hash, Feature::wide_sha2)},
  }};
  ASSERT_EQ(needed.size(), scheme::algorithm_rows.size());
  for (const auto& [algorithm, features] : needed) {
    Plain plain;
    plain.signatures[1].algorithm = algorithm;
    EXPECT_EQ(features_of(plain.policy), features) << static_cast<int>(algorithm);
  }
}

TEST(PolicyFeatures, AreThoseOfEveryPlaceThatIsRead) {
  const auto needed = [](Place place) {
    return place == Place::form    ? set_of(Feature::form)
           : place == Place::query ? set_of(Feature::address)
                                   : set_of();
  };
  for (const Place place : {Place::none, Place::header, Place::body, Place::form, Place::query}) {
    Plain plain;
    const std::array at = {
        &plain.signatures[1].from, &plain.schemes[0].timestamp.from,
        &plain.schemes[0].id,      &plain.conditions[0].at,
        &plain.events[0].type,     &plain.events[0].id,
        &plain.identity[0].at,     &plain.reply[0].at,
    };
    for (scheme::Locator* const locator : at) {
      const scheme::Locator before = std::exchange(*locator, {.place = place, .name = "a"});
      EXPECT_EQ(features_of(plain.policy), needed(place)) << (locator - at[0]);
      *locator = before;
    }
    std::array<scheme::IdentityPart, 1> own{};
    own[0].at.place = place;
    plain.sources[0].identity = own;
    EXPECT_EQ(features_of(plain.policy), needed(place));
  }
}

TEST(PolicyFeatures, AreThoseOfWhatIsSigned) {
  Plain plain;
  plain.content[1].kind = scheme::PartKind::form_sorted;
  EXPECT_EQ(features_of(plain.policy), set_of(Feature::form));
  plain.content[1].kind = scheme::PartKind::url;
  EXPECT_EQ(features_of(plain.policy), set_of(Feature::address));
  plain.content[1].kind = scheme::PartKind::query;
  EXPECT_EQ(features_of(plain.policy), set_of(Feature::address));
  plain.content[1].kind = scheme::PartKind::parameter;
  EXPECT_EQ(features_of(plain.policy), set_of(Feature::address));
  plain.content[1].kind = scheme::PartKind::form_field;
  EXPECT_EQ(features_of(plain.policy), set_of(Feature::form));
  plain.content[1].kind = scheme::PartKind::crc32_body;
  plain.signatures[0].body_hash_query = "bodySHA256";
  EXPECT_EQ(features_of(plain.policy), set_of(Feature::address));
}

TEST(PolicyFeatures, AreThoseOfWhatAChallengeIsAnsweredWith) {
  using scheme::ReplyPartKind;
  Plain plain;
  plain.reply[0].kind = ReplyPartKind::literal;
  EXPECT_EQ(features_of(plain.policy), set_of());
  for (const ReplyPartKind kind :
       {ReplyPartKind::hmac_hex, ReplyPartKind::hmac_base64, ReplyPartKind::parameter}) {
    plain.reply[0].kind = kind;
    EXPECT_EQ(features_of(plain.policy), set_of(Feature::reply)) << static_cast<int>(kind);
  }
  plain.reply[0].kind = ReplyPartKind::value;
  plain.reply[0].header = "x-echo";
  EXPECT_EQ(features_of(plain.policy), set_of(Feature::reply));
}

TEST(PolicyFeatures, AreThoseOfWhatAChallengeAsksFor) {
  Plain plain;
  plain.conditions[0].test = scheme::Condition::Test::parameter;
  EXPECT_EQ(features_of(plain.policy), set_of(Feature::reply));
}

TEST(PolicyFeatures, AreThoseOfKeysAndTimes) {
  Plain plain;
  for (const auto unit :
       {scheme::TimeUnit::seconds, scheme::TimeUnit::milliseconds, scheme::TimeUnit::either}) {
    plain.schemes[0].timestamp.unit = unit;
    EXPECT_EQ(features_of(plain.policy), set_of());
  }
  for (const auto unit :
       {scheme::TimeUnit::iso_utc, scheme::TimeUnit::http_date, scheme::TimeUnit::rfc3339}) {
    plain.schemes[0].timestamp.unit = unit;
    EXPECT_EQ(features_of(plain.policy), set_of(Feature::time_text));
  }
  plain.signatures[1].key.form = scheme::KeyForm::fetched;
  EXPECT_EQ(features_of(plain.policy), set_of(Feature::time_text, Feature::fetched_key));
}

}  // namespace
}  // namespace postern::policy
