#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "compiler/catalogue.h"
#include "postern/scheme/algorithm.h"

// What one file of the catalogue takes from another, and its facts that no fixture shows.

namespace postern::compiler {
namespace {

constexpr std::string_view base_file = R"(name = "Base"
manual = "https://base.example/webhooks"
checked = 2026-11-30
confidence = "vector"
sends = "any"
methods = ["POST", "PUT"]
headers = ["x-base-note"]
secret_place = "At the base"

[signature]
algorithm = "hmac-sha256"
from = { header = "x-base-signature" }
encoding = "hex"
content = "{id}.{timestamp}.{body}"
key = "utf8"

[timestamp]
from = { header = "x-base-time" }
unit = "seconds"
max_age = "4m"
max_future = "1m"

[id]
from = { header = "x-base-id" }

[event]
format = "json"
identity = { header = "x-base-id" }
type = { body = "/kind" }

[[challenge]]
proof = "signed"
method = "POST"
format = "json"
when = [{ body = "/token", token = true }]
reply = { status = 200, content_type = "text/plain", body = "{field:/token}" }

[retries]
attempts = 3
)";

constexpr std::string_view head = R"(name = "Other"
manual = "https://other.example/webhooks"
checked = 2026-11-30
confidence = "one-source"
sends = ["json"]
)";

/// A catalogue of `base`, which says how it signs, and `other`, whose text is `head` and `rest`.
struct Pair {
  explicit Pair(std::string_view rest) {
    catalogue.add("base", "base.toml", std::string(base_file));
    catalogue.add("other", "other.toml", std::string(head) + std::string(rest));
    other = catalogue.find("other", report);
  }

  /// `FILE:LINE:COLUMN code` of each.
  [[nodiscard]] std::vector<std::string> reported() const {
    std::vector<std::string> texts;
    for (const Diagnostic& found : report.sorted()) {
      texts.push_back(found.file + ":" + std::to_string(found.line) + ":" +
                      std::to_string(found.column) + " " + found.code);
    }
    return texts;
  }

  Catalogue catalogue;
  Report report;
  const SchemeModel* other = nullptr;
};

using Texts = std::vector<std::string>;

TEST(PolicyCatalogue, TakesFromAnotherFileHowASenderSignsAndNothingElse) {
  const Pair pair("scheme = \"base\"\n");
  ASSERT_NE(pair.other, nullptr);
  EXPECT_EQ(pair.other->signs_as, "base");
  EXPECT_EQ(pair.other->scheme.name, "other");
  ASSERT_EQ(pair.other->scheme.signatures.size(), 1U);
  EXPECT_EQ(pair.other->scheme.signatures[0].from.name, "x-base-signature");
  EXPECT_EQ(pair.other->scheme.id.name, "x-base-id");
  EXPECT_EQ(pair.other->max_age_seconds, 240U);
  EXPECT_EQ(pair.other->max_future_seconds, 60U);
  ASSERT_EQ(pair.other->scheme.events.size(), 1U);
  EXPECT_EQ(pair.other->scheme.events[0].identity[0].at.name, "x-base-id");
  EXPECT_EQ(pair.other->scheme.challenges.size(), 1U);
  EXPECT_EQ(pair.other->methods, 0b101);
  EXPECT_TRUE(pair.other->scheme.headers.empty());
  EXPECT_TRUE(pair.other->secret_place.empty());
  EXPECT_FALSE(pair.other->sender.attempts.has_value());
}

TEST(PolicyCatalogue, LetsASenderReplaceItsTolerancesEventsAndChallenges) {
  const Pair pair(R"(scheme = "base"
methods = ["POST"]
[timestamp]
max_age = "2m"
[event]
identity = { body = "/uuid" }
[challenge]
proof = "signed"
method = "POST"
when = [{ body = "/check", present = true }]
reply = { status = 204, content_type = "", body = "" }
)");
  ASSERT_NE(pair.other, nullptr);
  EXPECT_EQ(pair.other->methods, 1U);
  EXPECT_EQ(pair.other->scheme.timestamp.from.name, "x-base-time");
  EXPECT_EQ(pair.other->max_age_seconds, 120U);
  EXPECT_EQ(pair.other->max_future_seconds, 60U);
  ASSERT_EQ(pair.other->scheme.events.size(), 1U);
  EXPECT_EQ(pair.other->scheme.events[0].identity[0].at.pointer.tokens[0], "uuid");
  ASSERT_EQ(pair.other->scheme.challenges.size(), 1U);
  EXPECT_EQ(pair.other->scheme.challenges[0].status, 204U);
}

TEST(PolicyCatalogue, RefusesBesideASchemeWhatComesFromIt) {
  EXPECT_EQ(Pair("scheme = \"base\"\n[signature]\nalgorithm = \"token\"\n").reported(),
            Texts{"other.toml:7:1 two-schemes"});
  EXPECT_EQ(Pair("scheme = \"base\"\n[[signature]]\nalgorithm = \"token\"\n").reported(),
            Texts{"other.toml:7:1 two-schemes"});
  EXPECT_EQ(Pair("scheme = \"base\"\n[id]\nfrom = { header = \"x-id\" }\n").reported(),
            Texts{"other.toml:7:1 two-schemes"});
  EXPECT_EQ(Pair("scheme = \"base\"\n[timestamp]\nunit = \"milliseconds\"\n").reported(),
            Texts{"other.toml:8:8 two-schemes"});
  EXPECT_EQ(Pair("scheme = \"base\"\n[timestamp]\nfrom = { header = \"x-t\" }\n").reported(),
            Texts{"other.toml:8:8 two-schemes"});
  EXPECT_EQ(Pair("scheme = \"base\"\n[timestamp]\nmax_aeg = \"1m\"\n").reported(),
            Texts{"other.toml:8:1 unknown-key"});
  EXPECT_EQ(Pair("scheme = \"base\"\ntimestamp = \"1m\"\n").reported(),
            Texts{"other.toml:7:13 wrong-type"});
}

TEST(PolicyCatalogue, RefusesASchemeThatSaysNothing) {
  EXPECT_EQ(Pair("scheme = \"bsae\"\n").reported(), Texts{"other.toml:6:10 unknown-provider"});
  EXPECT_EQ(Pair("scheme = \"bsae\"\n").report.sorted()[0].hint, "did you mean \"base\"?");
  // Like nothing that is there: looking for a name must not read this file once more.
  EXPECT_EQ(Pair("scheme = \"zzzzzzzz\"\n").reported(), Texts{"other.toml:6:10 unknown-provider"});
  EXPECT_EQ(Pair("scheme = \"other\"\n").reported(), Texts{"other.toml:6:10 chained-scheme"});
  EXPECT_EQ(Pair("scheme = \"\"\n").reported(), Texts{"other.toml:6:10 empty-text"});
  EXPECT_EQ(Pair("scheme = 1\n").reported(), Texts{"other.toml:6:10 wrong-type"});
}

TEST(PolicyCatalogue, RefusesAChainOfSchemesAndABrokenOne) {
  Pair pair("scheme = \"base\"\n");
  const auto reported = [&pair](std::string_view slug, std::string_view scheme) {
    Report report;
    pair.catalogue.add(std::string(slug), "new.toml",
                       std::string(head) + "scheme = \"" + std::string(scheme) + "\"\n");
    EXPECT_EQ(pair.catalogue.find(slug, report), nullptr);
    return report.sorted();
  };
  EXPECT_EQ(reported("third", "other")[0].code, "chained-scheme");
  // Of a ring, too.
  pair.catalogue.add("a", "a.toml", std::string(head) + "scheme = \"b\"\n");
  EXPECT_EQ(reported("b", "a")[0].code, "chained-scheme");
  pair.catalogue.add("broken", "broken.toml", std::string(head) + "[signature]\n");
  const auto by_broken = reported("fourth", "broken");
  EXPECT_EQ(by_broken.back().file, "new.toml");
  EXPECT_EQ(by_broken.back().code, "broken-provider");
}

TEST(PolicyCatalogue, ShowsTheLineOfTheOtherFileThatDoesNotFit) {
  Pair pair("scheme = \"base\"\n");
  pair.catalogue.add("form", "form.toml",
                     "name = \"Form\"\nmanual = \"https://f.example\"\nchecked = 2026-11-30\n"
                     "confidence = \"one-source\"\nsends = [\"form\"]\nscheme = \"base\"\n");
  Report report;
  EXPECT_EQ(pair.catalogue.find("form", report), nullptr);
  const std::vector<Diagnostic> found = report.sorted();
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].code, "unsent-form");
  EXPECT_EQ(found[0].file, "base.toml");
  EXPECT_EQ(found[0].source_line, "[event]");
}

TEST(PolicyCatalogue, ReadsNamesThatPeopleLookFor) {
  const Pair pair("scheme = \"base\"\naliases = [\"old-name\", \"cal.example\"]\n");
  ASSERT_NE(pair.other, nullptr);
  ASSERT_EQ(pair.other->aliases.size(), 2U);
  EXPECT_EQ(pair.other->aliases[1].text, "cal.example");
  const auto reported = [](const std::string& aliases) {
    return Pair("scheme = \"base\"\naliases = [" + aliases + "]\n").reported();
  };
  for (const std::string bad :
       {"\"\"", "\"Other\"", "\"a b\"", "\"a_b\"", "\"-a\"", "\"a.\"", "\"\xc3\xa9\"",
        "\"0123456789012345678901234567890123456789"
        "0123456789012345678901234\""}) {
    EXPECT_EQ(reported(bad), Texts{"other.toml:7:12 bad-alias"}) << bad;
  }
  EXPECT_EQ(reported("\"other\""), Texts{"other.toml:7:12 repeated-value"});
  EXPECT_EQ(reported("\"a\", \"a\""), Texts{"other.toml:7:17 repeated-value"});
  EXPECT_EQ(reported(""), Texts{"other.toml:7:11 empty-list"});
}

TEST(PolicyCatalogue, ReadsPublishedAddressesAndTheDayOfTheirList) {
  const auto pair_of = [](const std::string& table) {
    return Pair("scheme = \"base\"\n[addresses]\n" + table);
  };
  const std::string day = "checked = 2026-11-30\n";
  const std::string page = "source = \"https://other.example/ips\"\n";
  const Pair whole =
      pair_of(day + page + "ranges = [\"192.0.2.0/24\", \"198.51.100.7\", \"2001:db8::/32\"]\n");
  ASSERT_NE(whole.other, nullptr);
  EXPECT_EQ(whole.other->addresses.checked, "2026-11-30");
  EXPECT_EQ(whole.other->addresses.source, "https://other.example/ips");
  EXPECT_EQ(whole.other->addresses.ranges,
            (Texts{"192.0.2.0/24", "198.51.100.7", "2001:db8::/32"}));
  const std::string range = "ranges = [\"192.0.2.0/24\"]\n";
  EXPECT_EQ(pair_of(page + range).reported(), Texts{"other.toml:7:1 missing-key"});
  EXPECT_EQ(pair_of(day + range).reported(), Texts{"other.toml:7:1 missing-key"});
  EXPECT_EQ(pair_of(day + page).reported(), Texts{"other.toml:7:1 missing-key"});
  EXPECT_EQ(pair_of("checked = \"today\"\n" + page + range).reported(),
            Texts{"other.toml:8:11 wrong-type"});
  EXPECT_EQ(pair_of(day + page + "ranges = [\"192.0.2.1/24\"]\n").reported(),
            Texts{"other.toml:10:11 bad-address"});
  EXPECT_EQ(pair_of(day + page + "ranges = [\"192.0.2.0/24\", \"192.0.2.9\"]\n").reported(),
            Texts{"other.toml:10:27 covered-address"});
  EXPECT_EQ(pair_of(day + page + range + "more = 1\n").reported(),
            Texts{"other.toml:11:1 unknown-key"});
}

TEST(PolicyCatalogue, SaysWhoIsMeantByANameThatIsNoSlug) {
  Pair pair("scheme = \"base\"\naliases = [\"parcelbird\"]\n");
  EXPECT_EQ(pair.catalogue.hint_at("bsae"), "did you mean \"base\"?");
  EXPECT_EQ(pair.catalogue.hint_at("parcelbird"),
            "did you mean \"other\", which is also called parcelbird?");
  EXPECT_EQ(pair.catalogue.hint_at("parcelbrid"),
            "did you mean \"other\", which is also called parcelbird?");
  EXPECT_EQ(pair.catalogue.hint_at("nobody-at-all"), "");
}

TEST(PolicyCatalogue, KeepsFactsOfTheCatalogueOutOfPrivateSchemes) {
  for (const std::string_view key : {"scheme = \"base\"", "aliases = [\"a\"]", "addresses = {}"}) {
    Report report;
    EXPECT_EQ(read_own_scheme(toml::parse(std::string(key) + R"(
sends = ["json"]
[signature]
algorithm = "hmac-sha256"
from = { header = "x-signature" }
encoding = "hex"
content = "{body}"
key = "utf8"
)")
                                  .table(),
                              report),
              nullptr);
    ASSERT_EQ(report.errors(), 1U) << key;
    EXPECT_EQ(report.sorted()[0].code, "unknown-key");
  }
}

}  // namespace
}  // namespace postern::compiler
