#include <fmt/format.h>
#include <gtest/gtest.h>

#include "compiler/address_range.h"
#include "policy_support.h"

// What queue mode, admission and acknowledgements become in a compiled policy.

namespace postern::harness {
namespace {

/// The fixture's source with one route, and what the test adds to each.
std::string with_route(std::string_view source, std::string_view route) {
  return "[source]\nprovider = \"signer\"\nsecrets = [\"one\"]\n" + std::string(source) +
         "\n[[source.routes]]\nto = \"https://a.test/\"\n" + std::string(route) + "\n";
}

TEST(PolicyQueue, RoutesAreProxiedWhereNothingIsSaid) {
  const Fixture fixture(with_route("", ""));
  ASSERT_TRUE(fixture.is_compiled());
  EXPECT_EQ(fixture.source().routes[0].deliver, policy::Deliver::proxy);
  EXPECT_EQ(fixture.source().routes[0].retry.attempts, 0);
  EXPECT_EQ(fixture.source().mode, policy::Mode::enforce);
  EXPECT_EQ(fixture.source().rate_limit.by, policy::LimitBy::none);
  EXPECT_TRUE(fixture.source().allow_addresses.empty());
  EXPECT_EQ(fixture.source().acknowledgement.body, "");
}

TEST(PolicyQueue, QueueModeBringsItsDefaults) {
  const Fixture fixture(with_route("", "deliver = \"queue\""));
  ASSERT_TRUE(fixture.is_compiled());
  const policy::Route& route = fixture.source().routes[0];
  EXPECT_EQ(route.deliver, policy::Deliver::queue);
  EXPECT_EQ(route.timeout_ms, 30'000U) << "no sender waits";
  EXPECT_EQ(fixture.source().lease_ms, 35'000U);
  EXPECT_EQ(fixture.source().on_ledger_down, policy::LedgerDown::queue);
  EXPECT_EQ(route.retry.kind, policy::RetryKind::exponential);
  EXPECT_EQ(route.retry.first_ms, 10'000U);
  EXPECT_EQ(route.retry.longest_ms, 3'600'000U);
  EXPECT_EQ(route.retry.attempts, 20);
  EXPECT_EQ(route.retry.horizon_ms, 259'200'000U);
  EXPECT_EQ(route.retry.jitter_percent, 20);
}

TEST(PolicyQueue, ReadsASchedule) {
  const Fixture fixture(
      with_route("",
                 "deliver = \"queue\"\nretry = { schedule = \"fibonacci\", first = \"2m\", "
                 "longest = \"12h\", attempts = 90, horizon = \"30d\", jitter = \"0%\" }"));
  ASSERT_TRUE(fixture.is_compiled());
  const policy::Retry& retry = fixture.source().routes[0].retry;
  EXPECT_EQ(retry.kind, policy::RetryKind::fibonacci);
  EXPECT_EQ(retry.first_ms, 120'000U);
  EXPECT_EQ(retry.longest_ms, 43'200'000U);
  EXPECT_EQ(retry.attempts, 90);
  EXPECT_EQ(retry.horizon_ms, 2'592'000'000U);
  EXPECT_EQ(retry.jitter_percent, 0);
  EXPECT_EQ(fixture.source().retain_ms, 2'592'000'000U)
      << "the ledger remembers for as long as a copy may be in the queue";
}

TEST(PolicyQueue, AFixedScheduleNeverGrows) {
  const Fixture fixture(
      with_route("", "deliver = \"queue\"\nretry = { schedule = \"fixed\", first = \"2h\" }"));
  ASSERT_TRUE(fixture.is_compiled());
  EXPECT_EQ(fixture.source().routes[0].retry.kind, policy::RetryKind::fixed);
  EXPECT_EQ(fixture.source().routes[0].retry.first_ms, 7'200'000U);
  EXPECT_EQ(fixture.source().routes[0].retry.longest_ms, 7'200'000U);
}

TEST(PolicyQueue, ALongFirstWaitLiftsTheLongestOne) {
  const Fixture fixture(
      with_route("", "deliver = \"queue\"\nretry = { first = \"2h\", attempts = 5 }"));
  ASSERT_TRUE(fixture.is_compiled());
  EXPECT_EQ(fixture.source().routes[0].retry.longest_ms, 7'200'000U);
}

TEST(PolicyQueue, AListOfWaitsIsOneAttemptMore) {
  const Fixture fixture(
      with_route("",
                 "deliver = \"queue\"\nretry = { schedule = [\"10s\", \"2h\", \"1m\"], jitter = "
                 "\"100%\" }"));
  ASSERT_TRUE(fixture.is_compiled());
  const policy::Retry& retry = fixture.source().routes[0].retry;
  EXPECT_EQ(retry.kind, policy::RetryKind::list);
  EXPECT_EQ(std::vector(retry.delays_ms.begin(), retry.delays_ms.end()),
            (std::vector<std::uint32_t>{10'000, 7'200'000, 60'000}));
  EXPECT_EQ(retry.longest_ms, 7'200'000U);
  EXPECT_EQ(retry.attempts, 4);
  EXPECT_EQ(retry.jitter_percent, 100);
}

TEST(PolicyQueue, KeepsDestinationsInTheirOrder) {
  const Fixture fixture(
      "[source]\nprovider = \"signer\"\nsecrets = [\"one\"]\n[[source.routes]]\n"
      "to = [\"https://b.test/\", \"https://a.test/\"]\ndeliver = \"queue\"\n");
  ASSERT_TRUE(fixture.is_compiled());
  const auto to = fixture.source().routes[0].to;
  ASSERT_EQ(to.size(), 2U);
  EXPECT_EQ(to[0].to.text, "https://b.test/");
  EXPECT_EQ(to[1].to.text, "https://a.test/");
}

TEST(PolicyQueue, WhoSaysIfTheLedgerIsDownIsObeyed) {
  const auto down = [](std::string_view source, std::string_view route) {
    return Fixture(with_route(source, route)).source().on_ledger_down;
  };
  EXPECT_EQ(down("on_ledger_down = \"closed\"", "deliver = \"queue\""), policy::LedgerDown::closed);
  EXPECT_EQ(down("on_ledger_down = \"queue\"", ""), policy::LedgerDown::queue);
  EXPECT_EQ(down("on_ledger_down = \"open\"", ""), policy::LedgerDown::open);
  EXPECT_EQ(down("", "deliver = \"queue\"\n[[source.routes]]\nto = \"https://b.test/\""),
            policy::LedgerDown::closed)
      << "a route in proxy mode has a sender who comes back";
  EXPECT_EQ(down("", "deliver = \"queue\"\n[[source.routes]]\nanswer = 200"),
            policy::LedgerDown::queue);
}

TEST(PolicyQueue, StoresIpv4InsideIpv6) {
  // RFC 4291, section 2.5.5.2: 80 bits of zeros, 16 of ones, and the IPv4 address.
  const Fixture fixture(with_route(
      "allow_addresses = [\"3.18.12.63\", \"10.0.0.0/8\", \"2001:db8::/33\", \"::1\"]", ""));
  ASSERT_TRUE(fixture.is_compiled());
  const auto shown = [&](std::size_t i) {
    std::string text;
    for (const std::byte byte : fixture.source().allow_addresses[i].address) {
      text += fmt::format("{:02x}", std::to_integer<unsigned>(byte));
    }
    return text + "/" + std::to_string(fixture.source().allow_addresses[i].prefix_bits);
  };
  ASSERT_EQ(fixture.source().allow_addresses.size(), 4U);
  EXPECT_EQ(shown(0), "00000000000000000000ffff03120c3f/128");
  EXPECT_EQ(shown(1), "00000000000000000000ffff0a000000/104");
  EXPECT_EQ(shown(2), "20010db8000000000000000000000000/33");
  EXPECT_EQ(shown(3), "00000000000000000000000000000001/128");
}

TEST(PolicyQueue, TellsTheNetworkOfAnAddress) {
  const auto hint = [](std::string_view text) {
    const auto range = compiler::parse_address_range(text);
    return range.has_value() ? std::string() : range.error().hint;
  };
  // 172.20.5.1 in 12 bits: 172.(20 & 0xF0).0.0; 2001:db8:7fff:: in 34 bits: 0x7fff & 0xC000.
  EXPECT_TRUE(hint("172.20.5.1/12").contains("172.16.0.0/12"));
  EXPECT_TRUE(hint("2001:db8:7fff::/34").contains("2001:db8:4000::/34"));
  EXPECT_TRUE(hint("::ffff:cb00:7107").contains("203.0.113.7"));
  EXPECT_TRUE(hint("2001:0DB8::1").contains("2001:db8::1"));
  EXPECT_EQ(hint("172.16.0.0/12"), "");
  for (const std::string_view text : {"",
                                      "/",
                                      "1",
                                      "1.2.3",
                                      "1.2.3.4.5",
                                      "256.1.1.1",
                                      "1.2.3.4/",
                                      "1.2.3.4/-1",
                                      "1.2.3.4/+8",
                                      "1.2.3.4/32 ",
                                      "1.2.3.4/8/8",
                                      "0x1.2.3.4",
                                      "[::1]",
                                      "::1%1",
                                      ":::",
                                      "1::2::3",
                                      "::/0",
                                      "::/80",
                                      "::fffe:0:0/95",
                                      "2001:db8::/129",
                                      "2001:db8::/4294967328"}) {
    EXPECT_FALSE(compiler::parse_address_range(text).has_value()) << text;
  }
}

TEST(PolicyQueue, CarriesLimitsAndObserving) {
  const Fixture fixture(with_route(
      "mode = \"observe\"\nrate_limit = { requests = 600, per = \"60s\", by = \"address\" }", ""));
  ASSERT_TRUE(fixture.is_compiled());
  EXPECT_EQ(fixture.source().mode, policy::Mode::observe);
  EXPECT_EQ(fixture.source().rate_limit.by, policy::LimitBy::address);
  EXPECT_EQ(fixture.source().rate_limit.requests, 600U);
  EXPECT_EQ(fixture.source().rate_limit.period_seconds, 60U);
}

TEST(PolicyQueue, TakesTheProvidersAcknowledgementUnlessTheSourceHasOne) {
  const auto compiled = [](std::string_view line) {
    return Fixture("[source]\nprovider = \"oneshot\"\nsecrets = [\"one\"]\n" + std::string(line));
  };
  const Fixture provider = compiled("");
  EXPECT_EQ(provider.source().acknowledgement.content_type, "text/xml");
  EXPECT_EQ(provider.source().acknowledgement.body, "<Taken/>");
  const Fixture own = compiled("acknowledge = { body = \"[accepted]\" }\n");
  EXPECT_EQ(own.source().acknowledgement.content_type, "text/plain");
  EXPECT_EQ(own.source().acknowledgement.body, "[accepted]");
}

}  // namespace
}  // namespace postern::harness
