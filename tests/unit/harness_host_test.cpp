#include <gtest/gtest.h>

#include <deque>

#include "harness/host/cryptography.h"
#include "harness/host/demo_origin.h"
#include "harness/host/frame_writer.h"
#include "harness/host/simulation.h"
#include "harness/host/text_forms.h"

namespace postern::harness {
namespace {

/// A module that gives the steps it was told to, and remembers what it was asked.
class FakeEngine final : public Engine {
 public:
  std::string_view name() const override { return "fake"; }
  std::string configure(std::string_view) override {
    FrameWriter writer;
    writer.u8(abi_version);
    writer.u32(4);  // Bodies up to this many bytes come along at once.
    writer.count16(1);
    writer.text16("/hook");
    writer.u64(200);
    writer.count16(0);
    writer.count16(0);
    writer.count16(0);
    return writer.take();
  }
  std::string begin(std::string_view frame) override { return next(frame); }
  std::string resume(std::string_view frame) override { return next(frame); }
  std::string ledger(std::string_view) override { return ledger_answer; }

  std::deque<std::string> steps;
  std::vector<std::string> frames;
  std::string ledger_answer;

 private:
  std::string next(std::string_view frame) {
    frames.emplace_back(frame);
    std::string step = steps.front();
    steps.pop_front();
    return step;
  }
};

FrameWriter step_head(EffectKind kind, bool wants_body) {
  FrameWriter writer;
  writer.u8(abi_version);
  writer.u8(static_cast<std::uint8_t>(kind));
  writer.u8(wants_body ? 1 : 0);
  writer.text16("ticket");
  return writer;
}

std::string final_answer(std::uint16_t status) {
  FrameWriter writer = step_head(EffectKind::answer, false);
  writer.u8(1);
  writer.u16(status);
  writer.count16(0);
  writer.bytes32("");
  writer.bytes32("{}");
  return writer.take();
}

std::string forward_step() {
  FrameWriter writer = step_head(EffectKind::forward, true);
  writer.text16("POST");
  writer.text16("https://origin.example/");
  writer.count16(0);
  writer.u32(8000);
  writer.u32(1024);
  return writer.take();
}

Arrival arrival(const std::string& body) {
  Arrival one{.delivery = {}, .token = std::string(16, 't')};
  one.delivery.path = "/hook";
  one.delivery.body = body;
  one.delivery.headers = {{"X-B", " 2 "}, {"x-a", "1"}, {"X-b", "3"}};
  return one;
}

TEST(FoldHeaders, GivesEachNameOnceInLowerCaseAndSorted) {
  const std::vector<Header> wanted = {{"x-a", "1"}, {"x-b", "2, 3"}};
  EXPECT_EQ(fold_headers(arrival("").delivery.headers), wanted);
}

TEST(Simulation, LeavesLargeBodiesOutUntilTheModuleAsks) {
  FakeEngine engine;
  Simulation simulation(engine, "", {});
  engine.steps = {step_head(EffectKind::supply_body, true).take(), final_answer(200)};
  // Its beginning goes along, so that its form is known: docs/ABI.md.
  const std::string body = std::string(128, '1') + "23";
  const Outcome outcome = simulation.deliver({arrival(body)}, 7, {}).front();
  EXPECT_EQ(outcome.answer->status, 200);
  EXPECT_TRUE(engine.frames[0].contains(body.substr(0, 128)));
  EXPECT_FALSE(engine.frames[0].contains("12"));
  EXPECT_TRUE(engine.frames[1].contains(body));
  EXPECT_EQ(outcome.trace.size(), 2U);
}

TEST(Simulation, TellsAnOverlongBodyAndKeepsItOut) {
  FakeEngine engine;
  Simulation simulation(engine, "", {});
  engine.steps = {final_answer(413)};
  static_cast<void>(simulation.deliver({arrival(std::string(201, '9'))}, 7, {}));
  // Version, time and token come before the flags: over the limit, https, no body.
  EXPECT_EQ(engine.frames[0].at(1 + 8 + 16), 0b101);
  EXPECT_FALSE(engine.frames[0].contains("99"));
}

TEST(Simulation, ReportsAnOriginThatHangsAfterTheTimeLimit) {
  FakeEngine engine;
  Simulation simulation(engine, "", {});
  engine.steps = {forward_step(), final_answer(504)};
  const Script script{.origin = {{.kind = OriginTurn::Kind::hang, .response = {}, .delay_ms = 0}},
                      .ledger = {},
                      .fetch = {}};
  const Outcome outcome = simulation.deliver({arrival("1234")}, 1000, script).front();
  EXPECT_EQ(outcome.forwards.size(), 1U);
  const std::string& frame = engine.frames[1];
  EXPECT_EQ(frame.back(), static_cast<char>(ForwardOutcome::timed_out));
  EXPECT_EQ(static_cast<unsigned char>(frame[1]) | static_cast<unsigned char>(frame[2]) << 8, 9000);
}

TEST(Simulation, RefusesAStepWithTrailingBytes) {
  FakeEngine engine;
  Simulation simulation(engine, "", {});
  engine.steps = {final_answer(200) + "x"};
  EXPECT_THROW(static_cast<void>(simulation.deliver({arrival("")}, 0, {})), MalformedAnswer);
  engine.steps = {""};
  EXPECT_THROW(static_cast<void>(simulation.deliver({arrival("")}, 0, {})), MalformedAnswer);
}

// RFC 4231, test case 2.
TEST(Cryptography, GivesThePublishedHmac) {
  EXPECT_EQ(to_hex(hmac(Hash::sha256, "Jefe", "what do ya want for nothing?").value()),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

std::string hex_hmac(std::string_view key, const std::vector<std::string_view>& parts) {
  std::optional<Hmac> hmac = Hmac::under(Hash::sha256, key);
  const std::string first = hmac->of(parts);
  EXPECT_EQ(hmac->of(parts), first);
  return to_hex(first);
}

// RFC 4231, test cases 2 and 6: a short key, and one longer than a block. Under an empty key: what
// Python's hmac module gives.
TEST(Cryptography, GivesThePublishedHmacInParts) {
  EXPECT_EQ(hex_hmac("Jefe", {"what do ya want ", "", "for nothing?"}),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(hex_hmac(std::string(131, '\xaa'),
                     {"Test Using Larger Than Block-Size Key - Hash Key First"}),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
  EXPECT_EQ(hex_hmac({}, {}), "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

// FIPS 180-4's example "abc".
TEST(Cryptography, GivesThePublishedDigestInParts) {
  constexpr std::string_view published =
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  using Parts = std::vector<std::string_view>;
  EXPECT_EQ(to_hex(digest(Hash::sha256, Parts{"abc"}).value()), published);
  EXPECT_EQ(to_hex(digest(Hash::sha256, Parts{"a", "", "bc"}).value()), published);
}

// RFC 8032 section 7.1, test 1: an empty message.
TEST(Cryptography, SignsAndVerifiesThePublishedEd25519Example) {
  const std::string seed =
      from_hex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60").value();
  const std::string key =
      from_hex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a").value();
  const std::string signature = sign_with_seed(seed, "").value();
  EXPECT_EQ(to_hex(signature),
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
            "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b");
  EXPECT_EQ(verify_signature(Algorithm::ed25519, KeyFormat::raw, key, "", signature),
            Verified::valid);
  EXPECT_EQ(verify_signature(Algorithm::ed25519, KeyFormat::raw, key, "x", signature),
            Verified::invalid);
  EXPECT_EQ(verify_signature(Algorithm::ed25519, KeyFormat::raw, "short", "", signature),
            Verified::unavailable);
}

// RFC 4648, section 10.
TEST(TextForms, GiveThePublishedBase64) {
  EXPECT_EQ(to_base64("foobar"), "Zm9vYmFy");
  EXPECT_EQ(to_base64("fooba"), "Zm9vYmE=");
  EXPECT_EQ(to_base64("f"), "Zg==");
  EXPECT_EQ(to_base64(""), "");
  EXPECT_EQ(from_base64("Zm9vYg=="), "foob");
  EXPECT_EQ(from_base64("Zm9vYmE="), "fooba");
  EXPECT_EQ(from_base64("Zm9vYmFy"), "foobar");
  EXPECT_EQ(from_base64(""), "");
  for (const std::string_view wrong : {"Zm9vY", "Zg=", "Zg==Zg==", "Z===", "Zm 9", "Zm9-"}) {
    EXPECT_EQ(from_base64(wrong), std::nullopt) << wrong;
  }
}

// The seconds are those that `date -u -d TIME +%s` of coreutils gives.
TEST(TextForms, ReadAndWriteTimes) {
  EXPECT_EQ(to_rfc3339(1'700'000'000), "2023-11-14T22:13:20Z");
  EXPECT_EQ(to_rfc3339(0), "1970-01-01T00:00:00Z");
  EXPECT_EQ(to_rfc3339(253'402'300'799), "9999-12-31T23:59:59Z");
  EXPECT_EQ(from_rfc3339("2023-11-14T22:13:20Z"), 1'700'000'000);
  EXPECT_EQ(from_rfc3339("2024-02-29T00:00:01.25+01:00"), 1'709'161'201);
  EXPECT_EQ(from_rfc3339("2020-01-01T00:00:00-07:00"), 1'577'862'000);
  EXPECT_EQ(from_rfc3339("2023-11-14T22:13:20.123456789Z"), 1'700'000'000);
  for (const std::string_view wrong :
       {"", "2023-11-14", "2023-11-14 22:13:20Z", "23-11-14T22:13:20", "2023-02-29T00:00:00Z",
        "2023-13-01T00:00:00Z", "2023-11-14T24:00:00Z", "2023-11--4T22:13:20Z"}) {
    EXPECT_EQ(from_rfc3339(wrong), std::nullopt) << wrong;
  }
}

TEST(DemoOrigin, ReadsItsScript) {
  const auto turns = parse_answers("200,500,hang,reset,204@2s");
  ASSERT_TRUE(turns.has_value());
  EXPECT_EQ(turns->size(), 5U);
  EXPECT_EQ(turns->at(2).kind, OriginTurn::Kind::hang);
  EXPECT_EQ(turns->at(4).delay_ms, 2000U);
  for (const char* word : {"", "20", "abc", "200@", "200,,", "700"}) {
    EXPECT_FALSE(parse_answers(word).has_value()) << word;
  }
}

}  // namespace
}  // namespace postern::harness
