#include <gtest/gtest.h>

#include <vector>

#include "gate_support.h"

// How a configuration names the keys that hosts compute MACs with.

namespace postern::gate {
namespace {

using namespace testing_support;

/// The HMAC keys that `configure` answers with, in their order.
std::vector<std::string> described_keys(const Gate& gate) {
  Reader reader(bytes_of(gate.configured));
  static_cast<void>(reader.u8());
  static_cast<void>(reader.u32());
  for (std::size_t paths = reader.u16(); paths > 0; --paths) {
    static_cast<void>(reader.text16());
    static_cast<void>(reader.u64());
  }
  std::vector<std::string> keys(reader.u16());
  for (std::string& key : keys) {
    EXPECT_EQ(reader.u8(), static_cast<std::uint8_t>(crypto::HashAlgorithm::sha256));
    key = reader.text16();
  }
  EXPECT_EQ(reader.u16(), 0) << "no source has a problem";
  for (std::size_t sources = reader.u16(); sources > 0; --sources) {
    static_cast<void>(reader.text16());
    EXPECT_EQ(reader.u16(), 1U << static_cast<unsigned>(scheme::Algorithm::hmac_sha256));
  }
  EXPECT_TRUE(reader.finished());
  return keys;
}

/// The number of the key that the gate asks for when a body at `path` is the host's to hash.
std::uint16_t key_asked_for(Gate& gate, const std::string& path) {
  Request request = sample_request(std::string(sample_body) + std::string(5000, ' '));
  request.path = path;
  request.has_body = false;
  const Step step = read_step(gate.begin(begin_frame(request))).value();
  EXPECT_EQ(step.effect, EffectKind::mac);
  Reader reader(bytes_of(step.payload));
  EXPECT_EQ(reader.u16(), 1);
  static_cast<void>(reader.u8());
  return reader.u16();
}

TEST(HmacKeys, OfOneSecretThatTwoSourcesReadInTwoWaysAreTwo) {
  const std::string decoded = "a secret of three times eight b.";
  const std::string secret = to_base64(decoded);
  SamplePolicy sample;
  policy::Policy policy = sample.policy();
  scheme::SignatureRule base64_rule = sample.rule;
  base64_rule.key.form = scheme::KeyForm::base64;
  std::array schemes = {sample.scheme, sample.scheme};
  schemes[1].signatures = {&base64_rule, 1};
  policy.schemes = schemes;
  std::array sources = {sample.source, sample.source};
  sources[1].name = "other";
  sources[1].path = "/other";
  sources[1].scheme = 1;
  policy.sources = sources;
  Gate gate(policy, {secret});
  const std::vector<std::string> keys = described_keys(gate);
  EXPECT_EQ(keys.at(key_asked_for(gate, "/hook")), secret);
  EXPECT_EQ(keys.at(key_asked_for(gate, "/other")), decoded);
}

TEST(HmacKeys, ThatSignForwardsStandBeforeThoseOfSources) {
  const std::string signing_key = "0123456789abcdef0123456789abcdef";
  SamplePolicy sample;
  sample.names.emplace_back("SIGNING");
  sample.signers = {1};
  Gate gate(sample.policy(), {std::string(sample_secret), to_base64(signing_key)});
  EXPECT_EQ(described_keys(gate),
            (std::vector<std::string>{signing_key, std::string(sample_secret)}));
  EXPECT_EQ(key_asked_for(gate, "/hook"), 1);
}

}  // namespace
}  // namespace postern::gate
