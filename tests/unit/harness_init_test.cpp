#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "compiler/commands/init_texts.h"
#include "compiler/commands/wrangler_file.h"
#include "compiler/compiler.h"
#include "harness/commands/init.h"
#include "harness/contract/hosts.h"
#include "harness/fixture/read_fixture.h"
#include "harness/fixture/run_case.h"
#include "harness/fixture/select.h"
#include "harness/host/catalogue_files.h"
#include "harness/host/disk_files.h"
#include "postern/base/bytes.h"

// Every provider of the catalogue gets a policy that compiles, that nothing is to be said about,
// and that takes the provider's own genuine delivery; and so do all of them together.

namespace postern::harness {
namespace {

constexpr std::string_view origin = "https://origin.test/hooks";
constexpr std::string_view signing = "whsec_dGhlIGdhdGUgc2lnbnMgYnkgdGhpcyBvbmU=";

/// The compiled fixture of a provider that says `genuine`.
CompiledCase genuine_of(const std::string& slug, compiler::Catalogue& catalogue) {
  compiler::Report report;
  for (const std::string& file :
       select_fixtures(disk_files(), {"fixtures/" + slug}, ".toml").files) {
    std::optional<Fixture> fixture = read_fixture(disk_files(), file, report);
    if (fixture.has_value() && fixture->genuine.has_value()) {
      return compile_case(std::move(*fixture), catalogue, report).value();
    }
  }
  ADD_FAILURE() << slug << " has no genuine delivery";
  return {};
}

/// What the policy reads, as the fixtures of its providers have it.
std::string value_of(const compiler::ValueNeed& need, compiler::Catalogue& catalogue) {
  switch (need.kind) {
    case compiler::ValueKind::destination:
      return std::string(origin);
    case compiler::ValueKind::signing:
      return std::string(signing);
    case compiler::ValueKind::secret:
      return genuine_of(need.provider, catalogue).secrets.front();
    case compiler::ValueKind::url:
      return (*genuine_of(need.source, catalogue).fixture.source)["url"].value_or(std::string());
    case compiler::ValueKind::parameter:
      return "what-the-operator-typed-in";
  }
  return {};
}

std::string diagnostics(const compiler::Report& report) {
  return compiler::as_text(report.sorted(), compiler::Colour::never);
}

/// Compiles what `init` writes for `slugs`, and gives the verdict of each one's genuine delivery.
std::vector<std::string> verdicts(const std::vector<std::string>& slugs) {
  compiler::Catalogue catalogue = embedded_catalogue();
  compiler::Report report;
  std::vector<const compiler::SchemeModel*> models;
  for (const std::string& slug : slugs) {
    models.push_back(catalogue.find(slug, report));
  }
  const std::string text = compiler::policy_text(models, compiler::InitPlace::worker);
  const auto compiled =
      compiler::lint_policy(text, "postern.toml", {}, cloudflare_limits, catalogue, report);
  EXPECT_TRUE(compiled.has_value()) << text;
  compiler::lint_wrangler(compiled->needs,
                          compiler::wrangler_text(compiled->needs, wrangler_sample()),
                          "wrangler.toml", cloudflare_limits, report);
  EXPECT_EQ(diagnostics(report), "") << text;

  const std::string environment =
      compiler::environment_text(compiled->needs, compiler::InitPlace::worker, catalogue);
  std::vector<std::string> values;
  for (const compiler::ValueNeed& need : compiled->needs.values) {
    EXPECT_TRUE(environment.contains("\n" + need.name + "=\n")) << environment;
    values.push_back(value_of(need, catalogue));
  }
  std::vector<std::string> verdicts;
  const auto engine = make_native_engine();
  for (const std::string& slug : slugs) {
    const CompiledCase genuine = genuine_of(slug, catalogue);
    const FixtureStep& step = genuine.fixture.steps.front();
    Delivery delivery = step.request->delivery;
    delivery.path = "/hooks/" + slug;
    Simulation simulation(*engine, std::string(text_of(Bytes(compiled->file))), values);
    Script script;
    script.fetch = genuine.fixture.fetch;
    const Outcome outcome =
        simulation.deliver({{delivery, std::string(16, 'T')}}, step.at_ms, script).front();
    verdicts.push_back(nlohmann::json::parse(outcome.record).value("verdict", ""));
  }
  return verdicts;
}

void expect_let_in(const std::vector<std::string>& slugs) {
  const std::vector<std::string> found = verdicts(slugs);
  ASSERT_EQ(found.size(), slugs.size());
  for (std::size_t i = 0; i < slugs.size(); ++i) {
    EXPECT_TRUE(found[i] == "forwarded" || found[i] == "accepted") << slugs[i] << ": " << found[i];
  }
}

TEST(Init, WritesAPolicyForEachProviderThatTakesItsGenuineDelivery) {
  const std::vector<std::string> slugs = embedded_catalogue().slugs();
  ASSERT_GE(slugs.size(), 15U);
  for (const std::string& slug : slugs) {
    expect_let_in({slug});
  }
}

/// All providers, as many at once as one policy takes.
std::vector<std::vector<std::string>> some_at_once() {
  constexpr std::size_t at_once = 100;
  std::vector<std::vector<std::string>> groups;
  for (std::string& slug : embedded_catalogue().slugs()) {
    if (groups.empty() || groups.back().size() == at_once) {
      groups.emplace_back();
    }
    groups.back().push_back(std::move(slug));
  }
  return groups;
}

TEST(Init, WritesOnePolicyForMany) {
  for (const std::vector<std::string>& slugs : some_at_once()) {
    expect_let_in(slugs);
  }
}

TEST(Init, GivesEachValueANameOfItsOwnAndNoSecretAtAll) {
  compiler::Catalogue catalogue = embedded_catalogue();
  compiler::Report report;
  std::set<std::string> names;
  std::size_t secrets = 0;
  for (const std::vector<std::string>& slugs : some_at_once()) {
    std::vector<const compiler::SchemeModel*> models;
    for (const std::string& slug : slugs) {
      models.push_back(catalogue.find(slug, report));
    }
    const auto compiled = compiler::compile_policy(
        compiler::policy_text(models, compiler::InitPlace::worker), "postern.toml",
        compiler::Target::production, cloudflare_limits, catalogue, report);
    ASSERT_TRUE(compiled.has_value()) << diagnostics(report);
    for (const compiler::ValueNeed& need : compiled->needs.values) {
      const bool is_secret = need.kind == compiler::ValueKind::secret;
      // The origin and the gate's own signature are each policy's.
      EXPECT_TRUE((!is_secret && need.kind != compiler::ValueKind::url) ||
                  names.insert(need.name).second)
          << need.name;
      secrets += is_secret ? 1 : 0;
    }
  }
  EXPECT_EQ(secrets, catalogue.slugs().size());
}

}  // namespace
}  // namespace postern::harness
