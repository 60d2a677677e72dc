#include "postern/policy/policy_codec.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "policy_sample.h"

// The policy file's form is ours, so no outside oracle has its bytes. What is held here: the head
// that docs/ABI.md promises to hosts, that nothing is lost on the way, and that nothing else is
// accepted.

namespace postern::policy {
namespace {

using sample::Sample;
using sample::settings;
using sample::slots;

constexpr std::array<std::uint16_t, 1> no_slots = {3};
constexpr std::array<std::uint16_t, 3> three_slots = {0, 1, 2};
constexpr std::array<std::uint16_t, source_secrets_max> most_secrets{};
constexpr std::array on_nothing = {scheme::Condition{}};

std::vector<std::byte> encoded(const Policy& policy) {
  std::vector<std::byte> file(encoded_bytes(policy));
  const Bytes written = encode(policy, file);
  EXPECT_EQ(written.size(), file.size());
  return file;
}

/// Decodes a copy in a buffer of exactly its size, so that a sanitizer sees one byte too many.
class Decoding {
 public:
  explicit Decoding(Bytes file) : Decoding(file, policy_arena_bytes(file.size())) {}
  Decoding(Bytes file, std::size_t arena_bytes)
      : file_(file.begin(), file.end()),
        storage_(arena_bytes),
        arena_(storage_),
        result_(decode(file_, arena_)) {}

  [[nodiscard]] const Result<Policy, PolicyFault>& result() const { return result_; }

 private:
  std::vector<std::byte> file_;
  std::vector<std::byte> storage_;
  Arena arena_;
  Result<Policy, PolicyFault> result_;
};

TEST(PolicyCodec, LosesNothing) {
  const Sample sample;
  const std::vector<std::byte> file = encoded(sample.policy);
  const Decoding decoding(file);
  ASSERT_TRUE(decoding.result().has_value());
  const Policy& policy = *decoding.result();
  EXPECT_EQ(encoded(policy), file);
  const Source& source = policy.sources[0];
  EXPECT_EQ(source.path, "/hooks/sample");
  EXPECT_EQ(source.url.text, "https://hooks.example.com/hooks/sample");
  EXPECT_EQ(source.retain_ms, 604'800'000U);
  EXPECT_EQ(source.shards, 4);
  EXPECT_EQ(source.routes[0].to[0].to.slot, 2);
  EXPECT_EQ(source.routes[0].filters[0].values[0].text, "usd");
  EXPECT_EQ(source.routes[1].answer_status, 202);
  EXPECT_EQ(source.routes[0].retry.horizon_ms, 86'400'000U);
  EXPECT_EQ(source.routes[0].retry.delays_ms[1], 60'000U);
  EXPECT_EQ(source.allow_addresses[0].prefix_bits, 16);
  EXPECT_EQ(source.rate_limit.requests, 600U);
  EXPECT_EQ(source.acknowledgement.body, "[accepted]");
  EXPECT_EQ(source.identity[0].at.pointer.tokens[1], "id");
  const scheme::Scheme& scheme = policy.schemes[0];
  EXPECT_EQ(scheme.signatures[0].from.item, "v1");
  EXPECT_EQ(scheme.signatures[0].key.prefix_rule, scheme::PrefixRule::required);
  EXPECT_EQ(scheme.signatures[0].ports, scheme::PortRule::either);
  EXPECT_EQ(scheme.signatures[1].fetch.hosts[0], "certs.example.com");
  EXPECT_EQ(scheme.timestamp.unit, scheme::TimeUnit::milliseconds);
  EXPECT_EQ(scheme.events[0].type_prefix, "interaction.");
  EXPECT_EQ(scheme.events[0].id.name, "x-event");
  EXPECT_EQ(scheme.events[0].same_content, scheme::SameContent::mark);
  EXPECT_EQ(scheme.events[0].hints[0], "x-delivery-id");
  EXPECT_EQ(source.same_content, scheme::SameContent::refuse);
  EXPECT_EQ(source.types.size(), source.allow_events.size());
  EXPECT_EQ(scheme.challenges[0].conditions[0].text, "url_verification");
  EXPECT_EQ(scheme.challenges[0].conditions[1].test, scheme::Condition::Test::parameter);
  EXPECT_EQ(scheme.challenges[0].reply[2].header, "x-hook");
  EXPECT_EQ(scheme.challenges[0].reply[2].at.name, "x-hook");
  EXPECT_EQ(scheme.challenges[0].reply[3].text, " of the sample");
  EXPECT_EQ(source.parameters[0].text, "what-the-operator-typed-in");
  EXPECT_EQ(scheme.sends, http::set_of(http::BodyForm::json));
  EXPECT_TRUE(scheme.key_signs_more);
  EXPECT_EQ(scheme.headers[1], "user-agent");
  EXPECT_EQ(scheme.proof_headers[0], "x-old-signature");
  EXPECT_EQ(source.forward_headers[0], "traceparent");
  EXPECT_EQ(source.routes[0].to[0].signers[1], 1);
  EXPECT_TRUE(std::ranges::equal(policy.rehearsal, sample.rehearsal));
}

TEST(PolicyCodec, BeginsWithWhatHostsRead) {
  const Sample sample;
  const std::vector<std::byte> file = encoded(sample.policy);
  // By docs/ABI.md: magic, u32 of the bits of features, u16 little-endian count, then u16 length
  // and bytes of each name; u32 length and bytes of the rehearsal.
  constexpr std::string_view head(
      "POSTERN5\x46\x01\0\0\x03\0\x06\0SECRET\x0a\0SECRET_OLD\x0a\0ORIGIN_URL"
      "\x02\0\0\0\x09\x08",
      52);
  ASSERT_GE(file.size(), head.size());
  EXPECT_EQ(text_of(Bytes(file).first(head.size())), head);
}

/// Of the head, behind the magic.
constexpr std::size_t features_at = 8;

TEST(PolicyCodec, RefusesAHeadThatNamesOtherFeatures) {
  const Sample sample;
  for (const unsigned flip : {1U << 0, 1U << 1, 1U << 6, 1U << 7}) {
    std::vector<std::byte> file = encoded(sample.policy);
    file[features_at] ^= static_cast<std::byte>(flip);
    EXPECT_EQ(Decoding(file).result().error(), PolicyFault::malformed) << flip;
  }
}

TEST(PolicyCodec, RefusesAPolicyThatNeedsWhatNoEditionOfThisVersionHas) {
  const Sample sample;
  std::vector<std::byte> file = encoded(sample.policy);
  file[features_at + 3] = std::byte{0x80};
  EXPECT_EQ(Decoding(file).result().error(), PolicyFault::other_edition);
}

TEST(PolicyCodec, RefusesEveryTruncation) {
  const Sample sample;
  const std::vector<std::byte> file = encoded(sample.policy);
  for (std::size_t size = 0; size < file.size(); ++size) {
    const Decoding decoding(Bytes(file).first(size));
    ASSERT_FALSE(decoding.result().has_value()) << size;
    EXPECT_EQ(decoding.result().error(),
              size < policy_magic.size() ? PolicyFault::not_a_policy : PolicyFault::malformed);
  }
}

TEST(PolicyCodec, RefusesTrailingBytes) {
  const Sample sample;
  std::vector<std::byte> file = encoded(sample.policy);
  file.push_back(std::byte{0});
  EXPECT_EQ(Decoding(file).result().error(), PolicyFault::malformed);
}

TEST(PolicyCodec, RefusesAnotherVersion) {
  const Sample sample;
  std::vector<std::byte> file = encoded(sample.policy);
  file[7] = std::byte{'1'};
  EXPECT_EQ(Decoding(file).result().error(), PolicyFault::not_a_policy);
}

TEST(PolicyCodec, RefusesAFileOverTheLimitAndAnArenaThatIsTooSmall) {
  const Sample sample;
  std::vector<std::byte> file = encoded(sample.policy);
  for (const std::size_t room : {std::size_t{0}, std::size_t{64}, std::size_t{1024}}) {
    EXPECT_EQ(Decoding(file, room).result().error(), PolicyFault::too_large) << room;
  }
  file.resize(policy_bytes_max + 1);
  EXPECT_EQ(Decoding(file).result().error(), PolicyFault::too_large);
}

/// What decodes after a change must be a policy that encodes to these very bytes: no byte is
/// skipped and none has two meanings.
void expect_refused_or_meant(const std::vector<std::byte>& file) {
  const Decoding decoding(file);
  if (decoding.result().has_value()) {
    EXPECT_EQ(encoded(*decoding.result()), file);
  }
}

TEST(PolicyCodec, ReadsOneSpellingOnlyWhateverByteIsChanged) {
  const Sample sample;
  const std::vector<std::byte> file = encoded(sample.policy);
  for (std::size_t at = policy_magic.size(); at < file.size(); ++at) {
    for (const unsigned flip : {0x01U, 0x02U, 0x10U, 0x80U, 0xFFU}) {
      std::vector<std::byte> changed = file;
      changed[at] ^= static_cast<std::byte>(flip);
      expect_refused_or_meant(changed);
    }
  }
}

TEST(PolicyCodec, SurvivesSeededMutations) {
  const Sample sample;
  const std::vector<std::byte> file = encoded(sample.policy);
  constexpr std::uint32_t seed = 20261121;
  constexpr int runs = 4000;
  std::mt19937 random(seed);
  for (int run = 0; run < runs; ++run) {
    std::vector<std::byte> changed = file;
    for (std::uint32_t edits = 1 + random() % 4; edits > 0; --edits) {
      const std::size_t at = policy_magic.size() + random() % (changed.size() - 16);
      switch (random() % 3) {
        case 0:
          changed[at] = static_cast<std::byte>(random());
          break;
        case 1:
          changed.erase(changed.begin() + static_cast<std::ptrdiff_t>(at));
          break;
        default:
          changed.insert(changed.begin() + static_cast<std::ptrdiff_t>(at),
                         static_cast<std::byte>(random()));
      }
    }
    expect_refused_or_meant(changed);
  }
}

using Change = void (*)(Sample&);

TEST(PolicyCodec, RefusesWhatTheModuleCannotRelyOn) {
  const std::array<std::pair<const char*, Change>, 55> changes = {{
      {"a source of no scheme", [](Sample& sample) { sample.sources[0].scheme = 1; }},
      {"a source without secrets", [](Sample& sample) { sample.sources[0].secrets = {}; }},
      {"a route to no slot", [](Sample& sample) { sample.to[0].to.slot = 3; }},
      {"a signature by no slot", [](Sample& sample) { sample.to[0].signers = no_slots; }},
      {"a signature too many", [](Sample& sample) { sample.to[0].signers = three_slots; }},
      {"a forward to nowhere", [](Sample& sample) { sample.routes[0].to = {}; }},
      {"queue mode without a schedule",
       [](Sample& sample) { sample.routes[0].retry.attempts = 0; }},
      {"a schedule without queue mode",
       [](Sample& sample) { sample.routes[0].deliver = Deliver::proxy; }},
      {"a list of delays without one",
       [](Sample& sample) { sample.routes[0].retry.delays_ms = {}; }},
      {"a prefix longer than an address",
       [](Sample& sample) { sample.ranges[0].prefix_bits = 129; }},
      {"a limit of no requests", [](Sample& sample) { sample.sources[0].rate_limit.requests = 0; }},
      {"an outcome that is forgotten at once",
       [](Sample& sample) { sample.sources[0].retain_ms = 0; }},
      {"an outcome that is kept past the end of times",
       [](Sample& sample) { sample.sources[0].retain_ms = retain_ms_max + 1; }},
      {"more secrets than a source may have",
       [](Sample& sample) {
         static constexpr std::array<std::uint16_t, source_secrets_max + 1> secrets{};
         sample.sources[0].secrets = secrets;
       }},
      {"more trials than a delivery may have",
       [](Sample& sample) {
         static std::array<scheme::SignatureRule, 3> rules;
         rules.fill(sample.signatures[0]);
         sample.schemes[0].signatures = rules;
         sample.sources[0].secrets = most_secrets;
       }},
      {"more checks of public keys than a delivery may have",
       [](Sample& sample) {
         sample.signatures[1].ports = scheme::PortRule::exact;
         sample.signatures[0] = sample.signatures[1];
         sample.signatures[0].key.form = scheme::KeyForm::pem;
         sample.sources[0].secrets = most_secrets;
       }},
      {"a lease of nothing", [](Sample& sample) { sample.sources[0].lease_ms = 0; }},
      {"a lease that ends with its forward",
       [](Sample& sample) { sample.sources[0].lease_ms = sample.routes[0].timeout_ms; }},
      {"a ledger without shards", [](Sample& sample) { sample.sources[0].shards = 0; }},
      {"a source without a name", [](Sample& sample) { sample.sources[0].name = ""; }},
      {"an address of no slot", [](Sample& sample) { sample.sources[0].url.slot = 3; }},
      {"a destination that is neither text nor slot",
       [](Sample& sample) { sample.to[0].to.slot = Setting::no_slot; }},
      {"two destinations without a queue",
       [](Sample& sample) {
         static std::array<Destination, 2> both;
         both.fill(sample.to[0]);
         sample.routes[0].to = both;
         sample.routes[0].deliver = Deliver::proxy;
         sample.routes[0].retry = {};
       }},
      {"a filter that takes no value", [](Sample& sample) { sample.filters[0].values = {}; }},
      {"no method", [](Sample& sample) { sample.sources[0].methods = 0; }},
      {"an unknown method", [](Sample& sample) { sample.sources[0].methods = 8; }},
      {"a relative path", [](Sample& sample) { sample.sources[0].path = "hooks"; }},
      {"a scheme without a signature", [](Sample& sample) { sample.schemes[0].signatures = {}; }},
      {"a scheme without an event", [](Sample& sample) { sample.schemes[0].events = {}; }},
      {"a place in a body without a pointer",
       [](Sample& sample) { sample.events[0].type.has_pointer = false; }},
      {"a header with a pointer",
       [](Sample& sample) {
         sample.signatures[0].from.pointer.tokens = sample::id_tokens;
         sample.signatures[0].from.has_pointer = true;
       }},
      {"a signature that stands nowhere", [](Sample& sample) { sample.signatures[0].from = {}; }},
      {"a key from no host", [](Sample& sample) { sample.signatures[1].fetch.hosts = {}; }},
      {"a key of nobody", [](Sample& sample) { sample.signatures[1].fetch.names = {}; }},
      {"more bodies than a signed text may have",
       [](Sample& sample) {
         static constexpr scheme::Part body{
             .kind = scheme::PartKind::body, .text = {}, .pointer = {}};
         static constexpr std::array three = {body, body, body};
         sample.signatures[0].content = three;
       }},
      {"a condition of an event on nothing",
       [](Sample& sample) { sample.events[0].conditions = on_nothing; }},
      {"a condition of a challenge on nothing",
       [](Sample& sample) { sample.challenges[0].conditions = on_nothing; }},
      {"a signature of nothing", [](Sample& sample) { sample.signatures[0].content = {}; }},
      {"two keys to fetch",
       [](Sample& sample) {
         sample.signatures[0].key.form = scheme::KeyForm::fetched;
         sample.signatures[0].fetch = sample.signatures[1].fetch;
       }},
      {"an event without identity", [](Sample& sample) { sample.events[0].identity = {}; }},
      {"a challenge without condition",
       [](Sample& sample) { sample.challenges[0].conditions = {}; }},
      {"a reply that could be a page",
       [](Sample& sample) { sample.challenges[0].content_type = "text/html"; }},
      {"a method that no challenge comes by",
       [](Sample& sample) { sample.challenges[0].method = "PUT"; }},
      {"a parameter to compare that the source has no text for",
       [](Sample& sample) { sample.asked[1].parameter = 1; }},
      {"a parameter to tell that the source has no text for",
       [](Sample& sample) { sample.reply[1].parameter = 1; }},
      {"a parameter of a slot that there is not",
       [](Sample& sample) { sample.parameters[0].slot = 3; }},
      {"a header of whatever was asked", [](Sample& sample) { sample.reply[0].header = "x-echo"; }},
      {"a reply's header that is no name",
       [](Sample& sample) { sample.reply[1].header = "x-told\r\nset-cookie"; }},
      {"a line end in a reply's header",
       [](Sample& sample) {
         sample.reply[1] = {.header = "x-told", .text = "a\r\nset-cookie: b"};
       }},
      {"a reply of nothing", [](Sample& sample) { sample.reply[0].at = {}; }},
      {"a computed reply of what is no token",
       [](Sample& sample) { sample.reply[0].kind = scheme::ReplyPartKind::hmac_hex; }},
      {"a computed reply under one of two keys",
       [](Sample& sample) { sample.reply[2].kind = scheme::ReplyPartKind::hmac_hex; }},
      {"a sender of no body at all", [](Sample& sample) { sample.schemes[0].sends = 0; }},
      {"a form that there is not", [](Sample& sample) { sample.schemes[0].sends = 0xFF; }},
      {"a body over the limit",
       [](Sample& sample) { sample.sources[0].body_bytes_max = body_bytes_limit + 1; }},
  }};
  for (const auto& [name, change] : changes) {
    Sample sample;
    change(sample);
    const std::vector<std::byte> file = encoded(sample.policy);
    const Decoding decoding(file);
    ASSERT_FALSE(decoding.result().has_value()) << name;
    EXPECT_EQ(decoding.result().error(), PolicyFault::malformed) << name;
  }
}

}  // namespace
}  // namespace postern::policy
