#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "compiler/compiler.h"
#include "compiler/table_reader.h"
#include "harness/commands/compile.h"
#include "harness/commands/lint.h"
#include "harness/commands/providers.h"
#include "harness/contract/hosts.h"
#include "harness/host/catalogue_files.h"
#include "harness/host/read_file.h"
#include "policy_support.h"
#include "postern/base/arena.h"
#include "postern/policy/policy_codec.h"

namespace postern::harness {
namespace {

namespace fs = std::filesystem;

TEST(PolicyCompile, GivesAFixtureAPathARouteAndItsLiteralSecrets) {
  const Fixture fixture("[source]\nprovider = \"signer\"\nsecrets = [\"one\", \"two\"]\n");
  ASSERT_TRUE(fixture.is_compiled());
  EXPECT_EQ(fixture.compiled().setting_values, (std::vector<std::string>{"one", "two"}));
  EXPECT_EQ(fixture.compiled().setting_names.size(), 2U);
  EXPECT_EQ(fixture.source().path, "/hooks/case");
  EXPECT_EQ(fixture.source().secrets.size(), 2U);
  ASSERT_EQ(fixture.source().routes.size(), 1U);
  EXPECT_EQ(fixture.source().routes[0].to[0].to.text, "https://origin.test/");
  EXPECT_EQ(fixture.source().routes[0].events[0], "*");
}

ProvidersOptions options_of(std::string name) {
  ProvidersOptions options;
  options.input.name = std::move(name);
  options.providers = providers_folder;
  return options;
}

TEST(PolicyCompile, DeliversToFunctionsWhereTheHostHasSome) {
  constexpr std::string_view text =
      "version = 1\n[sources.a]\npath = \"/a\"\nprovider = \"signer\"\nsecrets = [\"env:A\"]\n"
      "[[sources.a.routes]]\nto = \"handler:book\"\n";
  compiler::Report report;
  compiler::Catalogue catalogue = read_catalogue("tests/lint/providers", report);
  compiler::HostLimits host = local_limits;
  const auto compile = [&] {
    return compiler::compile_policy(text, "p.toml", compiler::Target::production, host, catalogue,
                                    report);
  };
  const auto compiled = compile();
  ASSERT_TRUE(compiled.has_value());
  EXPECT_EQ(compiled->setting_names, (std::vector<std::string>{"A", "handler:book"}));
  EXPECT_EQ(compiled->needs.handlers, (std::set<std::string>{"book"}));
  ASSERT_EQ(compiled->needs.values.size(), 1U);
  EXPECT_EQ(compiled->needs.values.front().name, "A");
  host.handlers = false;
  EXPECT_FALSE(compile().has_value());
  ASSERT_EQ(report.errors(), 1U);
  EXPECT_EQ(report.sorted().front().code, "no-handlers");
}

TEST(PolicyCompile, RefusesAnEmptyAndABorrowedSecretInAFixture) {
  const auto codes = [](std::string_view secret) {
    return Fixture("[source]\nprovider = \"signer\"\nsecrets = [\"" + std::string(secret) + "\"]\n")
        .codes();
  };
  EXPECT_EQ(codes(""), std::vector<std::string>{"empty-secret"});
  EXPECT_EQ(codes(" "), std::vector<std::string>{"empty-secret"});
  EXPECT_EQ(codes("env:SECRET"), std::vector<std::string>{"env-in-fixture"});
}

TEST(PolicyCompile, TakesDefaultsFromTheProvider) {
  const Fixture fixture("[source]\nprovider = \"signer\"\nsecrets = [\"one\"]\n");
  ASSERT_TRUE(fixture.is_compiled());
  const policy::Source& source = fixture.source();
  EXPECT_EQ(source.max_age_seconds, 300U);
  EXPECT_EQ(source.retain_ms, 7U * 24 * 60 * 60 * 1000);
  EXPECT_EQ(source.routes[0].timeout_ms, 8000U);
  EXPECT_EQ(source.lease_ms, 13'000U);
  EXPECT_EQ(source.body_bytes_max, 1U << 20);
  EXPECT_EQ(source.on_ledger_down, policy::LedgerDown::closed);
  EXPECT_TRUE(fixture.policy().schemes[0].events[0].type_is_signed);
}

TEST(PolicyCompile, RemembersLongerWhereNoTimeIsSigned) {
  const Fixture fixture("[source]\nprovider = \"hub\"\nsecrets = [\"00\"]\n");
  ASSERT_TRUE(fixture.is_compiled());
  EXPECT_EQ(fixture.source().retain_ms, 30ULL * 24 * 60 * 60 * 1000);
  EXPECT_EQ(fixture.source().max_age_seconds, 0U);
  EXPECT_FALSE(fixture.policy().schemes[0].events[0].type_is_signed);
}

TEST(PolicyCompile, IdentifiesATokensDeliveryByItsBody) {
  const Fixture fixture("[source]\nprovider = \"bearer\"\nsecrets = [\"token\"]\n");
  ASSERT_TRUE(fixture.is_compiled());
  EXPECT_EQ(fixture.policy().schemes[0].events[0].identity[0].kind, scheme::IdentityKind::body);
}

TEST(PolicyCompile, LeaseOutlastsTheSlowestRoute) {
  const Fixture fixture(
      "[source]\nprovider = \"signer\"\nsecrets = [\"one\"]\n"
      "[[source.routes]]\nevents = [\"a\"]\nto = \"https://a.test/\"\ntimeout = \"3s\"\n"
      "[[source.routes]]\nevents = [\"b\"]\nto = \"https://b.test/\"\ntimeout = \"9s\"\n"
      "[[source.routes]]\nanswer = 204\n");
  ASSERT_TRUE(fixture.is_compiled());
  EXPECT_EQ(fixture.source().lease_ms, 14'000U);
  EXPECT_EQ(fixture.source().routes[2].answer_status, 204);
}

TEST(PolicyCompile, KnowsHeadersInLowerCase) {
  const Fixture fixture(
      "[source]\nsecrets = [\"one\"]\n[source.scheme.signature]\nalgorithm = \"hmac-sha256\"\n"
      "from = { header = \"X-Signature\" }\nencoding = \"hex\"\n"
      "content = \"{header:X-Time [0-9]}{{}}{body}\"\n");
  ASSERT_TRUE(fixture.is_compiled());
  const scheme::SignatureRule& rule = fixture.policy().schemes[0].signatures[0];
  EXPECT_EQ(rule.from.name, "x-signature");
  ASSERT_EQ(rule.content.size(), 3U);
  EXPECT_EQ(rule.content[0].text, "x-time");
  EXPECT_EQ(rule.content[1].text, "{}");
}

TEST(PolicyCompile, UnescapesPointers) {
  // RFC 6901, section 5: "/a~1b" leads to the member "a/b", "/m~0n" to "m~n".
  const Fixture fixture(
      "[source]\nprovider = \"signer\"\nsecrets = [\"one\"]\n[[source.routes]]\n"
      "when = { \"/a~1b\" = [\"x\"], \"/m~0n\" = [\"y\"] }\nto = \"https://a.test/\"\n");
  ASSERT_TRUE(fixture.is_compiled());
  const auto filters = fixture.source().routes[0].filters;
  ASSERT_EQ(filters.size(), 2U);
  EXPECT_EQ(filters[0].pointer.tokens[0], "a/b");
  EXPECT_EQ(filters[1].pointer.tokens[0], "m~n");
}

TEST(PolicyCompile, ReadsOneSpellingOfDurationsAndSizes) {
  EXPECT_EQ(compiler::parse_duration_ms("250ms"), 250U);
  EXPECT_EQ(compiler::parse_duration_ms("0s"), 0U);
  EXPECT_EQ(compiler::parse_duration_ms("5m"), 300'000U);
  EXPECT_EQ(compiler::parse_duration_ms("7d"), 604'800'000U);
  EXPECT_EQ(compiler::parse_size_bytes("1MiB"), 1'048'576U);
  for (const std::string_view text : {"", "5", "m", " 5m", "5 m", "5m ", "05m", "+5m", "-5m",
                                      "5.0m", "5M", "5min", "5m30s", "99999999999s", "0x5m"}) {
    EXPECT_FALSE(compiler::parse_duration_ms(text).has_value()) << text;
  }
  for (const std::string_view text : {"", "1", "1MB", "1Mib", "01MiB", "1 MiB", "1GiB"}) {
    EXPECT_FALSE(compiler::parse_size_bytes(text).has_value()) << text;
  }
}

/// A folder of its own for one test.
class PolicyCommands : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / "postern_policy_commands";
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  [[nodiscard]] std::string path(std::string_view name) const { return (folder_ / name).string(); }

  [[nodiscard]] std::string write(std::string_view name, std::string_view text) const {
    std::ofstream(path(name), std::ios::binary) << text;
    return path(name);
  }

  fs::path folder_;
};

constexpr std::string_view local_policy =
    "version = 1\n[sources.a]\npath = \"/a\"\nprovider = \"signer\"\nsecrets = [\"env:A\"]\n"
    "[[sources.a.routes]]\nto = \"http://127.0.0.1:8080/\"\n";

TEST_F(PolicyCommands, CompileWritesAPolicyThatTheModuleReads) {
  CompileOptions options{.file = write("postern.toml", local_policy),
                         .output = path("policy.bin"),
                         .providers = std::string(providers_folder),
                         .target = compiler::Target::production,
                         .origin = ""};
  EXPECT_EQ(run_compile(options), 3) << "a private origin is for development only";
  EXPECT_FALSE(fs::exists(options.output));
  options.target = compiler::Target::development;
  ASSERT_EQ(run_compile(options), 0);
  const std::string file = *read_file(options.output);
  std::vector<std::byte> storage(policy::policy_arena_bytes(file.size()));
  Arena arena(storage);
  const auto policy = policy::decode(bytes_of(file), arena);
  ASSERT_TRUE(policy.has_value());
  EXPECT_FALSE(policy->gate.require_https);
  EXPECT_EQ(policy->settings[0], "A");
}

TEST_F(PolicyCommands, CompileNeedsItsInput) {
  EXPECT_EQ(run_compile({.file = path("none.toml"),
                         .output = path("policy.bin"),
                         .providers = {},
                         .target = compiler::Target::production,
                         .origin = ""}),
            3);
}

TEST_F(PolicyCommands, LintFailsOnWarningsWhenItIsStrict) {
  LintOptions options;
  options.file = "tests/lint/plain-http.toml";
  options.providers = providers_folder;
  EXPECT_EQ(run_lint(options), 0);
  options.level = compiler::LintLevel::warnings;
  EXPECT_EQ(run_lint(options), 3);
}

TEST_F(PolicyCommands, LintReadsAFileOfValues) {
  LintOptions options;
  options.file = "tests/lint/clean.toml";
  options.providers = providers_folder;
  options.environment_file = write("good.env", "# values\nexport A='0123456789abcdef0123'\n");
  EXPECT_EQ(run_lint(options), 0);
  options.environment_file = write("short.env", "A=short\n");
  EXPECT_EQ(run_lint(options), 3);
  options.environment_file = write("broken.env", "A\n");
  EXPECT_EQ(run_lint(options), 3);
  options.environment_file = path("none.env");
  EXPECT_EQ(run_lint(options), 3);
}

TEST_F(PolicyCommands, ProvidersSaysWhatATokenDoesNotProve) {
  testing::internal::CaptureStdout();
  EXPECT_EQ(run_providers(options_of("bearer")), 0);
  EXPECT_TRUE(testing::internal::GetCapturedStdout().contains(
      "unsigned: anyone who knows the token can send any body"));
  EXPECT_EQ(run_providers(options_of("bearr")), 2);
}

TEST_F(PolicyCommands, ProvidersSaysWhatTheSenderReadsAndHowItRetries) {
  testing::internal::CaptureStdout();
  EXPECT_EQ(run_providers(options_of("oneshot")), 0);
  EXPECT_EQ(run_providers(options_of("hasty")), 0);
  const std::string shown = testing::internal::GetCapturedStdout();
  EXPECT_TRUE(shown.contains("acknowledge  <Taken/> as text/xml"));
  EXPECT_TRUE(shown.contains("retries      never"));
  EXPECT_TRUE(shown.contains("retries      3 in 6m"));
}

TEST_F(PolicyCommands, ProvidersShowsEachOne) {
  testing::internal::CaptureStdout();
  EXPECT_EQ(run_providers(options_of("")), 0);
  const std::string shown = testing::internal::GetCapturedStdout();
  for (const std::string_view slug : {"signer", "hub", "bearer", "caller"}) {
    EXPECT_TRUE(shown.contains(slug)) << slug;
  }
}

}  // namespace
}  // namespace postern::harness
