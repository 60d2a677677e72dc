#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "compiler/commands/provider_search.h"
#include "compiler/compiler.h"
#include "harness/contract/hosts.h"
#include "harness/host/catalogue_files.h"

// Every file of tests/lint has one mistake, and says in its head where and by which name it must be
// reported: `# expect: LINE:COLUMN code`, counted in the file by hand. `# env: NAME=VALUE` gives
// the linter a value.

namespace postern::harness {
namespace {

namespace fs = std::filesystem;

const fs::path cases_folder = "tests/lint";

struct Case {
  std::string text;
  std::vector<std::string> expected;
  compiler::Environment environment;
};

Case read_case(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  Case found{.text = text.str(), .expected = {}, .environment = {}};
  std::istringstream lines(found.text);
  constexpr std::string_view expect = "# expect: ";
  constexpr std::string_view value = "# env: ";
  for (std::string line; std::getline(lines, line) && line.starts_with('#');) {
    if (line.starts_with(expect)) {
      found.expected.push_back(line.substr(expect.size()));
    } else if (line.starts_with(value)) {
      const std::size_t equals = line.find('=');
      found.environment.is_known = true;
      found.environment.values[line.substr(value.size(), equals - value.size())] =
          line.substr(equals + 1);
    }
  }
  return found;
}

std::vector<fs::path> case_files() {
  std::vector<fs::path> files;
  for (const fs::directory_entry& entry : fs::directory_iterator(cases_folder)) {
    if (entry.path().extension() == ".toml") {
      files.push_back(entry.path());
    }
  }
  std::ranges::sort(files);
  return files;
}

std::vector<compiler::Diagnostic> lint(const Case& given, const std::string& file) {
  compiler::Report report;
  compiler::Catalogue catalogue = read_catalogue(cases_folder / "providers", report);
  compiler::lint_policy(given.text, file, given.environment, cloudflare_limits, catalogue, report);
  return report.sorted();
}

TEST(PolicyLint, ReportsEachMistakeWhereItStands) {
  const std::vector<fs::path> files = case_files();
  ASSERT_GE(files.size(), 40U) << "run from the repository's root";
  for (const fs::path& file : files) {
    const Case given = read_case(file);
    ASSERT_TRUE(!given.expected.empty() || file.stem().string().starts_with("clean")) << file;
    std::vector<std::string> reported;
    for (const compiler::Diagnostic& diagnostic : lint(given, file.string())) {
      reported.push_back(std::to_string(diagnostic.line) + ":" + std::to_string(diagnostic.column) +
                         " " + diagnostic.code);
      EXPECT_FALSE(diagnostic.message.empty());
      EXPECT_FALSE(diagnostic.source_line.empty()) << file;
      EXPECT_EQ(diagnostic.file, file.string());
    }
    EXPECT_EQ(reported, given.expected) << file;
  }
}

TEST(PolicyLint, NeverShowsALiteralSecret) {
  constexpr std::string_view secret = "0123456789abcdef0123456789abcdef";
  std::size_t seen = 0;
  for (const fs::path& file : case_files()) {
    const Case given = read_case(file);
    const auto diagnostics = lint(given, file.string());
    for (const std::string& shown :
         {as_text(diagnostics, compiler::Colour::always), as_json(diagnostics)}) {
      EXPECT_FALSE(shown.contains(secret)) << file;
    }
    seen += given.text.contains(secret) ? 1 : 0;
  }
  EXPECT_GE(seen, 5U);
}

TEST(PolicyLint, MasksASecretOnALineThatIsNotToml) {
  const Case given{.text = "version = 1\n[sources.a]\nsecrets = [\"0123456789abcdef\"\n",
                   .expected = {},
                   .environment = {}};
  const auto diagnostics = lint(given, "broken.toml");
  ASSERT_FALSE(diagnostics.empty());
  EXPECT_FALSE(as_text(diagnostics, compiler::Colour::never).contains("0123456789abcdef"));
}

TEST(PolicyLint, ShowsTheLineACaretAndAHint) {
  const Case given = read_case(cases_folder / "unknown-key.toml");
  EXPECT_EQ(as_text(lint(given, "postern.toml"), compiler::Colour::never),
            "postern.toml:10:1: error: a source has no key `retian` [unknown-key]\n"
            "    10 | retian = \"7d\"\n"
            "       | ^^^^^^\n"
            "  hint: did you mean `retain`?\n");
}

TEST(PolicyLint, FindsNothingInTheSamplePolicy) {
  const Case sample = read_case("postern.toml");
  compiler::Report report;
  compiler::Catalogue catalogue = embedded_catalogue();
  compiler::lint_policy(sample.text, "postern.toml", {}, cloudflare_limits, catalogue, report);
  EXPECT_EQ(as_text(report.sorted(), compiler::Colour::never), "");
}

TEST(PolicyLint, FindsNothingInTheCatalogue) {
  compiler::Report report;
  compiler::Catalogue catalogue = embedded_catalogue();
  ASSERT_GE(catalogue.slugs().size(), 15U);
  for (const std::string& slug : catalogue.slugs()) {
    EXPECT_NE(catalogue.find(slug, report), nullptr) << slug;
  }
  compiler::report_taken_names(catalogue, report);
  EXPECT_EQ(as_text(report.sorted(), compiler::Colour::never), "");
}

TEST(PolicyLint, GuessesTheKeyThatWasToSayHowDeliveriesAreVerified) {
  const Case given{.text = R"(version = 1
[sources.a]
path = "/a"
provder = "signer"
secrets = ["env:A"]
[[sources.a.routes]]
to = "https://origin.example.com/"
)",
                   .expected = {},
                   .environment = {}};
  const std::vector<compiler::Diagnostic> found = lint(given, "a.toml");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].code, "unverified-source");
  EXPECT_EQ(found[0].hint, "did you mean `provider` by `provder`?");
}

}  // namespace
}  // namespace postern::harness
