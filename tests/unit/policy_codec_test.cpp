#include "policy/policy_codec.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <random>
#include <string>
#include <vector>

// The policy file's form is ours, so no outside oracle has its bytes. What is held here: the head
// that docs/ABI.md promises to hosts, that nothing is lost on the way, and that nothing else is
// accepted.

namespace postern::policy {
namespace {

using scheme::Place;

constexpr std::array<std::string_view, 2> id_tokens = {"data", "id"};
constexpr std::array<std::string_view, 1> type_tokens = {"type"};
constexpr std::array<std::string_view, 1> challenge_tokens = {"challenge"};
constexpr std::array<std::string_view, 1> hosts = {"certs.example.com"};
constexpr std::array<std::string_view, 1> names = {"signer.example.com"};
constexpr std::array<std::string_view, 3> settings = {"SECRET", "SECRET_OLD", "ORIGIN_URL"};
constexpr std::array<std::uint16_t, 2> slots = {0, 1};
constexpr std::array<std::string_view, 2> globs = {"charge.*", "*"};
constexpr std::array accepted = {FilterValue{.type = json::Type::string, .text = "usd"},
                                 FilterValue{.type = json::Type::boolean, .text = "true"}};
constexpr std::array<std::string_view, 1> allowed = {"charge.failed"};
constexpr std::array<std::string_view, 2> scheme_headers = {"x-shop-*", "user-agent"};
constexpr std::array<std::string_view, 1> proof_headers = {"x-old-signature"};
constexpr std::array<std::string_view, 1> source_headers = {"traceparent"};

constexpr scheme::Locator header(std::string_view name) {
  scheme::Locator locator;
  locator.place = Place::header;
  locator.name = name;
  return locator;
}

constexpr scheme::Locator body(std::span<const std::string_view> tokens) {
  scheme::Locator locator;
  locator.place = Place::body;
  locator.pointer.tokens = tokens;
  locator.has_pointer = true;
  return locator;
}

/// A policy that uses every field of the model at least once, and what it borrows from.
struct Sample {
  std::array<scheme::Part, 3> content{};
  std::array<scheme::Part, 1> reply{};
  std::array<scheme::SignatureRule, 2> signatures{};
  std::array<scheme::Condition, 1> conditions{};
  std::array<scheme::IdentityPart, 2> identity{};
  std::array<scheme::EventRule, 1> events{};
  std::array<scheme::Challenge, 1> challenges{};
  std::array<scheme::Scheme, 1> schemes{};
  std::array<Filter, 1> filters{};
  std::array<Setting, 1> to{};
  std::array<std::uint32_t, 2> delays = {1000, 60'000};
  std::array<AddressRange, 1> ranges{};
  std::array<Route, 2> routes{};
  std::array<Source, 1> sources{};
  std::array<std::byte, 2> rehearsal = {std::byte{9}, std::byte{8}};
  Policy policy;

  Sample() {
    content[0].kind = scheme::PartKind::timestamp;
    content[1].text = ".";
    content[2].kind = scheme::PartKind::body;
    fill_scheme();
    fill_source();
    policy.gate.allow_private_origins = true;
    policy.gate.sign_forwards_slot = 1;
    policy.settings = settings;
    policy.rehearsal = rehearsal;
    policy.schemes = schemes;
    policy.sources = sources;
  }
  Sample(const Sample&) = delete;
  Sample& operator=(const Sample&) = delete;

  void fill_scheme() {
    signatures[0].from = header("x-signature");
    signatures[0].from.separator = ',';
    signatures[0].from.pair = '=';
    signatures[0].from.item = "v1";
    signatures[0].from.prefix = "sha256:";
    signatures[0].content = content;
    signatures[0].key = {.form = scheme::KeyForm::base64,
                         .prefix = "whsec_",
                         .prefix_rule = scheme::PrefixRule::required,
                         .bytes_min = 24,
                         .bytes_max = 64};
    signatures[0].ports = scheme::PortRule::either;
    signatures[0].body_hash_query = "bodySHA256";
    signatures[1] = signatures[0];
    signatures[1].algorithm = scheme::Algorithm::rsa_pkcs1_sha256;
    signatures[1].format = scheme::BodyFormat::json;
    signatures[1].encoding = scheme::Encoding::base64;
    signatures[1].key = {};
    signatures[1].key.form = scheme::KeyForm::fetched;
    signatures[1].fetch = {.url = header("x-cert-url"),
                           .hosts = hosts,
                           .path_prefix = "/certs/",
                           .names = names,
                           .cache_seconds = 3600};
    conditions[0].test = scheme::Condition::Test::equals;
    conditions[0].at = body(type_tokens);
    conditions[0].text = "url_verification";
    identity[0].kind = scheme::IdentityKind::locator;
    identity[0].at = body(id_tokens);
    identity[0].type = scheme::ValueType::integer;
    identity[1].kind = scheme::IdentityKind::event_type;
    events[0].format = scheme::BodyFormat::json;
    events[0].conditions = conditions;
    events[0].identity = identity;
    events[0].type = body(type_tokens);
    events[0].type_prefix = "interaction.";
    events[0].type_is_signed = true;
    reply[0].kind = scheme::PartKind::field;
    reply[0].pointer.tokens = challenge_tokens;
    challenges[0] = {.proof = scheme::ChallengeProof::unsigned_probe,
                     .format = scheme::BodyFormat::json,
                     .method = "POST",
                     .conditions = conditions,
                     .status = 200,
                     .content_type = "text/plain",
                     .reply = reply};
    schemes[0].name = "sample";
    schemes[0].signatures = signatures;
    schemes[0].timestamp = {.unit = scheme::TimeUnit::milliseconds, .from = header("x-time")};
    schemes[0].id = header("x-id");
    schemes[0].events = events;
    schemes[0].challenges = challenges;
    schemes[0].sends = http::set_of(http::BodyForm::json);
    schemes[0].key_signs_more = true;
    schemes[0].headers = scheme_headers;
    schemes[0].proof_headers = proof_headers;
  }

  void fill_source() {
    filters[0].pointer.tokens = id_tokens;
    filters[0].values = accepted;
    routes[0].events = globs;
    routes[0].filters = filters;
    to[0].slot = 2;
    routes[0].to = to;
    routes[0].deliver = Deliver::queue;
    routes[0].retry = {.kind = RetryKind::list,
                       .jitter_percent = 20,
                       .attempts = 4,
                       .first_ms = 1000,
                       .longest_ms = 60'000,
                       .horizon_ms = 86'400'000,
                       .delays_ms = delays};
    routes[0].timeout_ms = 8000;
    routes[1].kind = RouteKind::answer;
    routes[1].events = std::span(globs).last(1);
    routes[1].answer_status = 202;
    Source& source = sources[0];
    source.name = "sample";
    source.path = "/hooks/sample";
    source.methods = 5;
    source.secrets = slots;
    source.max_age_seconds = 300;
    source.max_future_seconds = 60;
    source.body_bytes_max = 1 << 20;
    source.retain_ms = 604'800'000;
    source.lease_ms = 13'000;
    source.busy_wait_ms = 2000;
    source.shards = 4;
    source.on_ledger_down = LedgerDown::open;
    source.url.text = "https://hooks.example.com/hooks/sample";
    source.identity_choice = IdentityChoice::custom;
    source.identity = identity;
    source.allow_events = allowed;
    source.forward_headers = source_headers;
    ranges[0] = {.address = {std::byte{0x20}, std::byte{0x01}}, .prefix_bits = 16};
    source.allow_addresses = ranges;
    source.rate_limit = {.by = LimitBy::address, .requests = 600, .period_seconds = 60};
    source.acknowledgement = {.content_type = "text/plain", .body = "[accepted]"};
    source.mode = Mode::observe;
    source.routes = routes;
  }
};

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
  EXPECT_EQ(source.routes[0].to[0].slot, 2);
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
  EXPECT_EQ(scheme.challenges[0].conditions[0].text, "url_verification");
  EXPECT_EQ(scheme.sends, http::set_of(http::BodyForm::json));
  EXPECT_TRUE(scheme.key_signs_more);
  EXPECT_EQ(scheme.headers[1], "user-agent");
  EXPECT_EQ(scheme.proof_headers[0], "x-old-signature");
  EXPECT_EQ(source.forward_headers[0], "traceparent");
  EXPECT_EQ(policy.gate.sign_forwards_slot, 1);
  EXPECT_TRUE(std::ranges::equal(policy.rehearsal, sample.rehearsal));
}

TEST(PolicyCodec, BeginsWithWhatHostsRead) {
  const Sample sample;
  const std::vector<std::byte> file = encoded(sample.policy);
  // By docs/ABI.md: magic, u16 little-endian count, then u16 length and bytes of each name; u32
  // length and bytes of the rehearsal.
  constexpr std::string_view head(
      "POSTERN4\x03\0\x06\0SECRET\x0a\0SECRET_OLD\x0a\0ORIGIN_URL\x02\0\0\0\x09\x08", 48);
  ASSERT_GE(file.size(), head.size());
  EXPECT_EQ(text_of(Bytes(file).first(head.size())), head);
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
  const std::array<std::pair<const char*, Change>, 22> changes = {{
      {"a source of no scheme", [](Sample& sample) { sample.sources[0].scheme = 1; }},
      {"a source without secrets", [](Sample& sample) { sample.sources[0].secrets = {}; }},
      {"a route to no slot", [](Sample& sample) { sample.to[0].slot = 3; }},
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
      {"more trials than a delivery may have",
       [](Sample& sample) {
         static constexpr std::array<std::uint16_t, 11> secrets{};
         sample.sources[0].secrets = secrets;
       }},
      {"a lease of nothing", [](Sample& sample) { sample.sources[0].lease_ms = 0; }},
      {"a ledger without shards", [](Sample& sample) { sample.sources[0].shards = 0; }},
      {"no method", [](Sample& sample) { sample.sources[0].methods = 0; }},
      {"an unknown method", [](Sample& sample) { sample.sources[0].methods = 8; }},
      {"a relative path", [](Sample& sample) { sample.sources[0].path = "hooks"; }},
      {"a scheme without a signature", [](Sample& sample) { sample.schemes[0].signatures = {}; }},
      {"a signature of nothing", [](Sample& sample) { sample.signatures[0].content = {}; }},
      {"an event without identity", [](Sample& sample) { sample.events[0].identity = {}; }},
      {"a challenge without condition",
       [](Sample& sample) { sample.challenges[0].conditions = {}; }},
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
