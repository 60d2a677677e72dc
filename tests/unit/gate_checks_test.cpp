#include <gtest/gtest.h>

#include "gate_checks_support.h"

// Deliveries that are not proved by a MAC alone: what the host is asked to check and to hash for
// them, and what each of its answers makes of a delivery.

namespace postern::gate {
namespace {

using namespace testing_support;

// RFC 8032, section 7.1, test 1.
constexpr std::string_view ed25519_secret =
    "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
constexpr std::string_view ed25519_public =
    "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
// The same section, test 2.
constexpr std::string_view other_public =
    "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c";

const std::string time_now = std::to_string(now_ms / 1000);

/// By OpenSSL.
std::string ed25519_signature(const std::string& message) {
  const std::string secret = from_hex(ed25519_secret);
  const PublicKey key(EVP_PKEY_new_raw_private_key(
                          EVP_PKEY_ED25519, nullptr,
                          reinterpret_cast<const unsigned char*>(secret.data()), secret.size()),
                      EVP_PKEY_free);
  std::string signature(64, '\0');
  std::size_t size = signature.size();
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  EXPECT_EQ(EVP_DigestSignInit(context, nullptr, nullptr, nullptr, key.get()), 1);
  EXPECT_EQ(EVP_DigestSign(context, reinterpret_cast<unsigned char*>(signature.data()), &size,
                           reinterpret_cast<const unsigned char*>(message.data()), message.size()),
            1);
  EVP_MD_CTX_free(context);
  return signature;
}

/// Larger than what the module hashes itself.
std::string large_body() {
  return R"({"id":"evt_1","type":"order.created","text":")" +
         std::string(mac_inline_bytes_max, 'x') + "\"}";
}

/// A good request whose body is not in the first frame.
Request large(Request request) {
  request.has_body = false;
  return request;
}

/// Ed25519 under two public keys, the second of which signed nothing.
class Checks : public testing::Test {
 protected:
  Checks() {
    policy.names = {"SECRET", "NEXT"};
    policy.rule.algorithm = scheme::Algorithm::ed25519;
    policy.rule.key.form = scheme::KeyForm::hex;
    policy.source.secrets = both;
    gate.emplace(policy.policy(),
                 std::vector{std::string(ed25519_public), std::string(other_public)});
  }

  static Request request(const std::string& body) {
    Request made = sample_request(body);
    made.headers[1].second = to_hex(ed25519_signature(time_now + "." + body));
    return made;
  }

  std::array<std::uint16_t, 2> both = {0, 1};
  SamplePolicy policy;
  std::optional<Gate> gate;
};

TEST_F(Checks, AreOfEveryKeyWithEverySignature) {
  Way way(*gate, std::string(sample_body));
  const Step step = way.begin(request(std::string(sample_body)));
  ASSERT_EQ(step.effect, EffectKind::check_signature);
  Reader reader(bytes_of(step.payload));
  ASSERT_EQ(reader.u16(), 2);
  for (const std::string_view key : {ed25519_public, other_public}) {
    EXPECT_EQ(reader.u8(), 6) << "Ed25519";
    static_cast<void>(reader.u8());
    EXPECT_EQ(reader.text16(), from_hex(key));
    EXPECT_EQ(reader.text16(), ed25519_signature(time_now + "." + std::string(sample_body)));
    ASSERT_EQ(reader.u8(), 2) << "the time, and the body by reference";
    EXPECT_EQ(reader.u8(), 0);
    EXPECT_EQ(reader.text16(), time_now + ".");
    EXPECT_EQ(reader.u8(), 1);
  }
  EXPECT_TRUE(reader.finished());
}

TEST_F(Checks, LetInWhatOneOfThemFindsValid) {
  Way way(*gate, std::string(sample_body));
  static_cast<void>(way.begin(request(std::string(sample_body))));
  for (const auto& results :
       {found({valid, invalid}), found({invalid, valid}), found({valid, cannot_check})}) {
    EXPECT_EQ(effect_of(way.try_with(results)), EffectKind::claim);
  }
  EXPECT_EQ(refused_with(way.try_with(found({invalid, invalid}))),
            std::pair(401, std::string("bad_signature")));
  for (const auto& results :
       {found({cannot_check, cannot_check}), found({invalid, cannot_check})}) {
    EXPECT_EQ(refused_with(way.try_with(results)),
              std::pair(503, std::string("crypto_unavailable")));
  }
}

TEST_F(Checks, OfAnotherNumberThanAskedForAreRefused) {
  Way way(*gate, std::string(sample_body));
  static_cast<void>(way.begin(request(std::string(sample_body))));
  for (const std::string& outcome :
       {std::string(), found({}), found({valid}), found({valid, valid, valid}),
        found({valid, valid}) + "x", found({valid, valid}).substr(0, 3)}) {
    EXPECT_EQ(way.try_with(outcome), "");
  }
}

TEST_F(Checks, OfADeliveryThatHasLostItsSignatureAreRefused) {
  const auto step = read_step(gate->begin(begin_frame(request(std::string(sample_body)))));
  const std::optional<std::string> body =
      step->wants_body ? std::optional(std::string(sample_body)) : std::nullopt;
  const auto resumed = [&](const std::string& ticket) {
    return gate->resume(
        resume_frame(ticket, EffectKind::check_signature, body, found({valid, valid})));
  };
  EXPECT_EQ(effect_of(resumed(step->ticket)), EffectKind::claim);
  EXPECT_EQ(resumed(without_header(step->ticket, "x-signature")), "");
}

// docs/ABI.md gives a piece of text a limit, which a host may rely on.
TEST_F(Checks, AreNotMadeOfMoreTextThanAnEffectCarries) {
  std::array content = {
      policy.content[0],
      scheme::Part{.kind = scheme::PartKind::header, .text = "x-long", .pointer = {}},
      policy.content[2]};
  policy.rule.content = content;
  gate.emplace(policy.policy(),
               std::vector{std::string(ed25519_public), std::string(other_public)});
  for (const std::size_t bytes : {std::size_t{1}, mac_literal_bytes_max + 1}) {
    Request long_text = large(request(large_body()));
    long_text.headers.emplace_back("x-long", std::string(bytes, 'l'));
    Way way(*gate, large_body());
    const Step step = way.begin(long_text);
    if (bytes == 1) {
      EXPECT_EQ(step.effect, EffectKind::check_signature);
      continue;
    }
    ASSERT_EQ(step.effect, EffectKind::supply_body);
    EXPECT_EQ(refused_with(way.try_with("")), std::pair(401, std::string("malformed_content")));
  }
}

/// What has more text than an effect carries is hashed in the module, however large the body.
TEST(LongTexts, AreHashedHere) {
  SamplePolicy policy;
  std::array content = {
      policy.content[0],
      scheme::Part{.kind = scheme::PartKind::header, .text = "x-long", .pointer = {}},
      policy.content[2]};
  policy.rule.content = content;
  Gate gate(policy.policy(), {std::string(sample_secret)});
  const std::string text(mac_literal_bytes_max, 'l');
  const std::string body = large_body();
  Request request = sample_request(body);
  request.headers.emplace_back("x-long", text);
  request.headers[1].second = to_hex(hmac(EVP_sha256(), sample_secret, time_now + text + body));
  EXPECT_EQ(effect_of(gate.begin(begin_frame(request))), EffectKind::claim);
  Way way(gate, body);
  ASSERT_EQ(way.begin(large(request)).effect, EffectKind::supply_body);
  EXPECT_EQ(effect_of(way.try_with("")), EffectKind::claim);
}

/// A public key and a shared secret: two rules, told apart by their headers.
class TwoKinds : public testing::Test {
 protected:
  void configure(const std::string& first_secret) {
    rules = {policy.rule, policy.rule};
    rules[0].from = at_header("x-first");
    policy.names = {"FIRST", "SECRET"};
    policy.source.secrets = both;
    made = policy.policy();
    policy.scheme.signatures = rules;
    change();
    gate.emplace(made, std::vector{first_secret, std::string(sample_secret)});
  }
  virtual void change() = 0;

  std::array<std::uint16_t, 2> both = {0, 1};
  std::array<scheme::SignatureRule, 2> rules;
  SamplePolicy policy;
  policy::Policy made;
  std::optional<Gate> gate;
};

class KeyAndSecret : public TwoKinds {
 protected:
  KeyAndSecret() { configure(std::string(ed25519_public)); }
  void change() override {
    rules[0].algorithm = scheme::Algorithm::ed25519;
    rules[0].key.form = scheme::KeyForm::hex;
  }
  static Request request(const std::string& body) {
    Request both_kinds = sample_request(body);
    both_kinds.headers.emplace_back("x-first", to_hex(ed25519_signature(time_now + "." + body)));
    return both_kinds;
  }
};

TEST_F(KeyAndSecret, AreTriedTogetherOnceTheBodyIsHere) {
  const std::string body = large_body();
  Request by_both = large(request(body));
  for (const bool is_signed_by_secret : {true, false}) {
    if (!is_signed_by_secret) {
      by_both.headers[1].second = std::string(64, '0');
    }
    Way way(*gate, body);
    ASSERT_EQ(way.begin(by_both).effect, EffectKind::supply_body)
        << "the host checks the one, the module hashes for the other";
    ASSERT_EQ(way.go_on("").effect, EffectKind::check_signature);
    EXPECT_EQ(effect_of(way.try_with(found({valid}))), EffectKind::claim);
    if (is_signed_by_secret) {
      EXPECT_EQ(effect_of(way.try_with(found({invalid}))), EffectKind::claim);
    } else {
      EXPECT_EQ(refused_with(way.try_with(found({invalid}))),
                std::pair(401, std::string("bad_signature")));
    }
  }
}

/// The body comes with the host's results where the module still has to hash it.
TEST_F(KeyAndSecret, AskForTheBodyOnlyForTheSecret) {
  policy.event.format = scheme::BodyFormat::any;
  policy.event.type = {};
  policy.identity[0].at = at_header("x-event-id");
  gate.emplace(made, std::vector{std::string(ed25519_public), std::string(sample_secret)});
  Request by_both = request(std::string(sample_body));
  by_both.headers.emplace_back("x-event-id", "evt_9");
  Request by_key = by_both;
  by_key.headers.erase(by_key.headers.begin() + 1);
  for (const auto& [sent, wants_body] : {std::pair(by_both, true), std::pair(by_key, false)}) {
    Way way(*gate, std::string(sample_body));
    const Step step = way.begin(sent);
    ASSERT_EQ(step.effect, EffectKind::check_signature);
    EXPECT_EQ(step.wants_body, wants_body);
    EXPECT_EQ(effect_of(way.try_with(found({valid}))), EffectKind::claim);
  }
}

class TokenAndSecret : public TwoKinds {
 protected:
  TokenAndSecret() { configure("tok_0123456789abcdef"); }
  void change() override {
    rules[0].algorithm = scheme::Algorithm::token;
    rules[0].encoding = scheme::Encoding::text;
    rules[0].content = {};
    rules[0].key.prefix = "tok_";
    rules[0].key.prefix_rule = scheme::PrefixRule::required;
  }
};

TEST_F(TokenAndSecret, LeaveTheHostOneMacToCompute) {
  const std::string body = large_body();
  Request request = large(sample_request(body));
  request.headers.emplace_back("x-first", "of somebody else");
  Way way(*gate, body);
  const Step step = way.begin(request);
  ASSERT_EQ(step.effect, EffectKind::mac);
  EXPECT_EQ(Reader(bytes_of(step.payload)).u16(), 1) << "a token is compared";
  const std::string mac = hmac(EVP_sha256(), sample_secret, time_now + "." + body);
  EXPECT_EQ(effect_of(way.try_with(Frame().u8(1).u16(1).text16(mac).bytes())), EffectKind::claim);
  EXPECT_EQ(way.try_with(Frame().u8(1).u16(2).text16(mac).bytes()), "");
  EXPECT_EQ(way.try_with(Frame().u8(1).u16(2).text16(mac).text16(mac).bytes()), "");
}

TEST_F(TokenAndSecret, OfADeliveryThatHasLostItsSignatureAreRefused) {
  const std::string body = large_body();
  const auto step = read_step(gate->begin(begin_frame(large(sample_request(body)))));
  ASSERT_EQ(step->effect, EffectKind::mac);
  const std::optional<std::string> brought = step->wants_body ? std::optional(body) : std::nullopt;
  const std::string mac = hmac(EVP_sha256(), sample_secret, time_now + "." + body);
  const auto resumed = [&](const std::string& ticket, EffectKind effect,
                           const std::string& outcome) {
    return gate->resume(resume_frame(ticket, effect, brought, outcome));
  };
  const std::string outcome = Frame().u8(1).u16(1).text16(mac).bytes();
  EXPECT_EQ(effect_of(resumed(step->ticket, EffectKind::mac, outcome)), EffectKind::claim);
  EXPECT_EQ(resumed(without_header(step->ticket, "x-signature"), EffectKind::mac, outcome), "");
  // Nor does it wait for what its scheme never asks for.
  for (const EffectKind effect : {EffectKind::fetch_key, EffectKind::claim, EffectKind::release}) {
    std::string changed = step->ticket;
    changed[2] = static_cast<char>(effect);
    EXPECT_EQ(resumed(changed, effect, Frame().u8(0).bytes()), "");
  }
}

}  // namespace
}  // namespace postern::gate
