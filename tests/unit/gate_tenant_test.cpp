#include <gtest/gtest.h>

#include "gate_queue_support.h"

// Sources whose secrets are their tenants': a host says with each delivery whose it is, and has
// configured the module with that tenant's secrets.

namespace postern::gate {
namespace {

using namespace testing_support;

constexpr std::string_view origin = "https://a.example/in";
constexpr std::string_view signing_secret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3";
constexpr std::string_view signing_key = "0123456789abcdef01234567";

Request sample_of(std::optional<std::string> tenant) {
  Request request = sample_request(std::string(sample_body));
  request.tenant = std::move(tenant);
  return request;
}

/// By the documented formula and OpenSSL.
std::string key_of(const std::string& tenant) {
  return sha256("postern1" + Frame().bytes32("sample").bytes32(tenant).bytes32("evt_1").bytes());
}

nlohmann::json record_of(const Step& step) {
  EXPECT_EQ(step.effect, EffectKind::answer);
  const AnswerFields answer = read_answer(step);
  nlohmann::json record = nlohmann::json::parse(answer.record, nullptr, false);
  EXPECT_EQ(record["status"], answer.status);
  return record;
}

class Tenants : public testing::Test {
 protected:
  void add(policy::Deliver deliver) { policy.add(deliver, {origin}); }

  Gate gate(std::string_view secret = sample_secret) {
    return Gate(policy.policy(), {std::string(secret)});
  }

  RoutesPolicy policy;
};

TEST_F(Tenants, HaveKeysOfTheirOwn) {
  add(policy::Deliver::proxy);
  Gate made = gate();
  const auto claimed = [&](const std::optional<std::string>& tenant) {
    Way way(made, std::string(sample_body));
    return read_ledger_effect(way.begin(sample_of(tenant))).key;
  };
  EXPECT_EQ(claimed(std::nullopt), sample_key());
  for (const std::string tenant : {"a", "sample", "evt_1", "__proto__", "constructor", "~!\"\\<"}) {
    EXPECT_EQ(claimed(tenant), key_of(tenant)) << tenant;
  }
  EXPECT_EQ(claimed(std::string(128, 'x')), key_of(std::string(128, 'x')));
}

TEST_F(Tenants, AreToldToTheOriginAndInTheRecord) {
  add(policy::Deliver::proxy);
  Gate made = gate();
  Way way(made, std::string(sample_body));
  static_cast<void>(way.begin(sample_of("acme")));
  const SentForward forward = read_forward(way.go_on(granted_after(0)));
  EXPECT_EQ(forward.header("postern-tenant"), "acme");
  EXPECT_EQ(forward.header("postern-source"), "sample");
  EXPECT_EQ(forward.header("postern-key"), to_hex(key_of("acme")));
  static_cast<void>(way.go_on(origin_said(200)));
  static_cast<void>(way.go_on(""));
  const EndFields end = read_end(way.go_on(stored));
  EXPECT_EQ(end.record["tenant"], "acme");
  EXPECT_EQ(end.record["source"], "sample");
  EXPECT_EQ(end.record["event_key"], to_hex(key_of("acme")));
}

TEST_F(Tenants, AreNotToldWhereThereAreNone) {
  add(policy::Deliver::proxy);
  Gate made = gate();
  Way way(made, std::string(sample_body));
  static_cast<void>(way.begin(sample_of(std::nullopt)));
  EXPECT_EQ(read_forward(way.go_on(granted_after(0))).header("postern-tenant"), "(none)");
  static_cast<void>(way.go_on(origin_said(200)));
  static_cast<void>(way.go_on(""));
  EXPECT_FALSE(read_end(way.go_on(stored)).record.contains("tenant"));
}

TEST_F(Tenants, AreALineMoreOfWhatTheGateSigns) {
  policy.names.emplace_back("SIGNING");
  policy.signers = {1};
  add(policy::Deliver::proxy);
  Gate made(policy.policy(), {std::string(sample_secret), std::string(signing_secret)});
  Way way(made, std::string(sample_body));
  static_cast<void>(way.begin(sample_of("acme")));
  ASSERT_EQ(way.go_on(granted_after(0)).effect, EffectKind::mac);
  const auto macs = Frame().u8(1).u16(1).text16(std::string(32, '\0')).bytes();
  const SentForward forward = read_forward(way.go_on(macs));
  const std::string time = std::to_string(now_ms / 1000);
  const std::string key = to_hex(key_of("acme"));
  const std::string text = "postern-forward-1\nPOST\n" + std::string(origin) + "\n" + key + "\n" +
                           time + "\n" + std::string(43, 'A') + "=\n" + "sample\norder.created\n" +
                           "\n" + key + "\n\n9\n\nsignature\n\n\n" + "acme\n";
  EXPECT_EQ(forward.header("postern-signature"),
            "v1," + to_base64(hmac(EVP_sha256(), signing_key, text)));
}

TEST_F(Tenants, AreKeptWithWhatIsOwed) {
  add(policy::Deliver::queue);
  Gate made = gate();
  Way way(made, std::string(sample_body));
  const std::string ticket = read_accept(way.begin(sample_of("acme"))).tickets.front();
  // A run begins in an instance that knows no tenant's secret.
  Gate later = gate("");
  Way run(later, std::string(sample_body));
  EXPECT_EQ(read_ledger_effect(run.drive(ticket)).key, key_of("acme"));
  const SentForward forward = read_forward(run.go_on(granted_after(0)));
  EXPECT_EQ(forward.header("postern-tenant"), "acme");
  EXPECT_EQ(forward.header("postern-key"), to_hex(key_of("acme")));
  static_cast<void>(run.go_on(origin_said(200)));
  EXPECT_EQ(read_end(run.go_on(stored)).record["tenant"], "acme");
}

TEST_F(Tenants, ChangeNothingOfTheTicketsOfOthers) {
  add(policy::Deliver::queue);
  Gate made = gate();
  const auto ticket_of = [&](const std::optional<std::string>& tenant) {
    Way way(made, std::string(sample_body));
    return read_accept(way.begin(sample_of(tenant))).tickets.front();
  };
  const std::string without = ticket_of(std::nullopt);
  const std::string with = ticket_of("acme");
  EXPECT_EQ(without.front(), '\4');
  EXPECT_EQ(with.front(), '\5');
  EXPECT_EQ(with.size(), without.size() + 2 + 4);
  // What is no version, and a name that is too long, are read as nothing.
  const auto is_taken = [&](const std::string& ticket) {
    return !made.resume(resume_frame(ticket, EffectKind::retry_later, std::nullopt,
                                     std::string(16, 'o')))
                .empty();
  };
  EXPECT_TRUE(is_taken(with));
  std::string other = with;
  other.front() = '\6';
  EXPECT_FALSE(is_taken(other));
  EXPECT_TRUE(is_taken(ticket_of(std::string(128, 'x'))));
  std::string longer = ticket_of(std::string(128, 'x'));
  const std::size_t at = longer.find(std::string(128, 'x'));
  ASSERT_NE(at, std::string::npos);
  longer.insert(at, 1, 'x');
  longer[at - 2] = '\x81';
  EXPECT_FALSE(is_taken(longer));
}

TEST_F(Tenants, WhomNobodyKnowsAreRefusedLikeAWrongSignature) {
  add(policy::Deliver::proxy);
  Gate made = gate();
  Request forged = sample_of(std::nullopt);
  forged.headers[1].second = std::string(64, '0');
  Way wrong(made, std::string(sample_body));
  const AnswerFields refused = read_answer(wrong.begin(forged));
  EXPECT_EQ(refused.status, 401);
  // Also what the secrets that stand in for theirs would have proved.
  for (const bool is_forged : {false, true}) {
    Request request = sample_of("");
    if (is_forged) {
      request.headers = forged.headers;
    }
    Way way(made, std::string(sample_body));
    const Step step = way.begin(request);
    const auto record = record_of(step);
    EXPECT_EQ(record["reason"], "unknown_tenant");
    EXPECT_FALSE(record.contains("tenant"));
    EXPECT_FALSE(record.contains("proof"));
    const AnswerFields answer = read_answer(step);
    EXPECT_EQ(answer.status, refused.status);
    EXPECT_EQ(answer.headers, refused.headers);
    EXPECT_EQ(answer.body, refused.body);
  }
}

TEST_F(Tenants, WhomNobodyKnowsAreRefusedAlikeWithoutAnySecret) {
  add(policy::Deliver::proxy);
  Gate bare = gate("");
  const auto reason_of = [&](const std::optional<std::string>& tenant) {
    Way way(bare, std::string(sample_body));
    return record_of(way.begin(sample_of(tenant)));
  };
  EXPECT_EQ(reason_of("")["reason"], "unknown_tenant");
  EXPECT_EQ(reason_of("")["status"], 401);
  EXPECT_EQ(reason_of("acme")["reason"], "source_unavailable");
  EXPECT_EQ(reason_of("acme")["tenant"], "acme");
  EXPECT_EQ(reason_of(std::nullopt)["reason"], "source_unavailable");
  // Another fault of the source stays one.
  policy.source.url.slot = 0;
  policy.content[1] = {.kind = scheme::PartKind::url, .text = {}, .pointer = {}};
  Gate broken = gate("");
  Way way(broken, std::string(sample_body));
  EXPECT_EQ(record_of(way.begin(sample_of("")))["reason"], "source_unavailable");
}

TEST_F(Tenants, WhomNobodyKnowsAreRefusedAfterTheHostsWork) {
  add(policy::Deliver::proxy);
  Gate made = gate();
  Request request = sample_of("");
  request.body = R"({"id":"evt_1","type":"order.created","x":")" + std::string(5000, 'x') + "\"}";
  const std::string time = std::to_string(now_ms / 1000);
  const std::string mac = hmac(EVP_sha256(), sample_secret, time + "." + request.body);
  request.headers[1].second = to_hex(mac);
  request.has_body = false;
  Way way(made, request.body);
  ASSERT_EQ(way.begin(request).effect, EffectKind::mac) << "as for any other delivery";
  const Step step = way.go_on(Frame().u8(1).u16(1).text16(mac).bytes());
  EXPECT_EQ(record_of(step)["reason"], "unknown_tenant");
}

TEST_F(Tenants, HaveNamesOfVisibleAsciiOnly) {
  add(policy::Deliver::proxy);
  Gate made = gate();
  for (const std::string& tenant :
       {std::string("a b"), std::string("a\n"), std::string("\0", 1), std::string("\x7f"),
        std::string("\xc3\xa9"), std::string(129, 'x')}) {
    EXPECT_EQ(made.begin(begin_frame(sample_of(tenant))), "") << to_hex(tenant);
  }
}

TEST_F(Tenants, AreCountedEachForItself) {
  policy.source.rate_limit = {.by = policy::LimitBy::source, .requests = 5, .period_seconds = 60};
  add(policy::Deliver::proxy);
  Gate made = gate();
  const auto bucket_of = [&](const std::optional<std::string>& tenant) {
    Way way(made, std::string(sample_body));
    const Step step = way.begin(sample_of(tenant));
    EXPECT_EQ(step.effect, EffectKind::limit);
    return std::string(Reader(bytes_of(step.payload)).text16());
  };
  EXPECT_EQ(bucket_of(std::nullopt), "sample");
  EXPECT_EQ(bucket_of("acme"), "sample/acme");
}

TEST_F(Tenants, WithFewerSecretsThanThereArePlacesAreTriedOnce) {
  add(policy::Deliver::proxy);
  const std::array<std::uint16_t, 3> slots = {0, 1, 2};
  policy.source.secrets = slots;
  policy.names = {"tenant:sample:/hook", "tenant:sample:/hook", "tenant:sample:/hook"};
  const std::string one(sample_secret);
  const std::string other = "another-secret-of-the-same-tenant";
  // The number of keys stands behind the one path and its limit.
  const auto keys_of = [&](const std::vector<std::string>& values) {
    Gate made(policy.policy(), values);
    Reader reader(bytes_of(made.configured));
    static_cast<void>(reader.raw(1 + 4 + 2));
    static_cast<void>(reader.text16());
    static_cast<void>(reader.u64());
    return reader.u16();
  };
  EXPECT_EQ(keys_of({one, one, one}), 1);
  EXPECT_EQ(keys_of({one, other, other}), 2);
  EXPECT_EQ(keys_of({one, other, one}), 3);
  EXPECT_EQ(keys_of({"", "", ""}), 0);
}

TEST_F(Tenants, MayHaveEachAPathOfTheirOwn) {
  policy.source.path = "/hook/*";
  add(policy::Deliver::proxy);
  Gate made = gate();
  const auto is_found = [&](std::string_view path) {
    Request request = sample_of("acme");
    request.path = path;
    Way way(made, std::string(sample_body));
    return way.begin(request).effect == EffectKind::claim;
  };
  for (const std::string_view path :
       {"/hook/", "/hook/acme", "/hook/a/b", "/hook/%2e%2e/x", "/hook/*", "/hook//"}) {
    EXPECT_TRUE(is_found(path)) << path;
  }
  for (const std::string_view path :
       {"/hook", "/hooks/acme", "/Hook/acme", "/", "", "//hook/acme", "/x/hook/acme"}) {
    EXPECT_FALSE(is_found(path)) << path;
  }
}

}  // namespace
}  // namespace postern::gate
