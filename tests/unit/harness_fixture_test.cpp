#include <glob.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "harness/fixture/mutation.h"
#include "harness/fixture/read_fixture.h"
#include "harness/fixture/select.h"
#include "harness/host/disk_files.h"

namespace postern::harness {
namespace {

namespace fs = std::filesystem;

/// A folder for the files of one test.
class Fixtures : public testing::Test {
 protected:
  void SetUp() override {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    folder_ = fs::temp_directory_path() / ("postern_" + std::string(test->name()));
    fs::remove_all(folder_);
    fs::create_directories(folder_ / "provider");
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::string write(const std::string& name, const std::string& text) {
    const fs::path file = folder_ / "provider" / name;
    std::ofstream(file, std::ios::binary) << text;
    return file.string();
  }

  /// The mistakes of a fixture that is sound but for `text`, as `LINE: code`.
  std::vector<std::string> mistakes(const std::string& text) {
    compiler::Report report;
    EXPECT_FALSE(read_fixture(disk_files(), write("case.toml", text), report).has_value());
    std::vector<std::string> found;
    for (const compiler::Diagnostic& diagnostic : report.sorted()) {
      found.push_back(std::to_string(diagnostic.line) + ": " + diagnostic.code);
    }
    return found;
  }

  fs::path folder_;
};

using Mistakes = std::vector<std::string>;

const std::string head =
    "shows = \"It shows.\"\norigin = \"made\"\n[source]\nprovider = \"p\"\n[[step]]\n";  // 5 lines
const std::string rest = "request = { body = \"{}\" }\nexpect = { status = 200 }\n";

TEST_F(Fixtures, ReadsWhatTheContractShows) {
  write("event.json", std::string("a\r\n\0b", 5));
  compiler::Report report;
  const auto fixture = read_fixture(
      disk_files(),
      write("case.toml", head +
                             "at = 1700000301\n"
                             "request = { headers = [[\"x\", \"1\"], [\"x\", \"2\"]], body_file = "
                             "\"event.json\", query = \"a=1\", https = false }\n"
                             "sign = { secret = 1, at = 1700000000, id = \"i\" }\n"
                             "mutate = [{ body_flip = -1 }, { header_set = [\"x\", \"3\"], before "
                             "= true }]\n"
                             "repeat = 3\n"
                             "origin = [{ status = 500 }, { hang = true }, { delay = \"2s\" }]\n"
                             "ledger = { claim_reply = \"lost\", commit = \"unavailable\" }\n"
                             "expect = { status = 401, headers = { x = false } }\n"
                             "[[step]]\nexpect = { verdict = \"duplicate\" }\n"),
      report);
  ASSERT_TRUE(fixture.has_value()) << as_text(report.sorted(), compiler::Colour::never);
  ASSERT_EQ(fixture->steps.size(), 2U);
  const FixtureStep& step = fixture->steps[0];
  EXPECT_EQ(fixture->group, "provider");
  EXPECT_EQ(step.at_ms, 1700000301000U);
  EXPECT_EQ(step.request->delivery.body, std::string("a\r\n\0b", 5));
  EXPECT_EQ(step.request->delivery.transport, Transport::plain);
  EXPECT_EQ(step.request->delivery.headers.size(), 2U);
  EXPECT_EQ(step.sign->at_ms, 1700000000000U);
  EXPECT_EQ(step.mutations[1].when, WhenMutated::before_signing);
  EXPECT_EQ(step.copies, 3U);
  EXPECT_EQ(step.origin[1].kind, OriginTurn::Kind::hang);
  EXPECT_EQ(step.origin[2].delay_ms, 2000U);
  EXPECT_EQ(step.ledger.claim, LedgerFault::reply_lost);
  EXPECT_EQ(step.expectations.size(), 2U);
  EXPECT_EQ(fixture->steps[1].at_ms, step.at_ms);
  EXPECT_FALSE(fixture->steps[1].request.has_value());
}

TEST_F(Fixtures, RefusesUnknownKeysWhereverTheyStand) {
  EXPECT_EQ(mistakes("colour = 1\n" + head + "at = 1\n" + rest), Mistakes{"1: unknown-key"});
  EXPECT_EQ(mistakes(head + "att = 1\nat = 1\n" + rest), Mistakes{"6: unknown-key"});
  EXPECT_EQ(mistakes(head + "at = 1\nrequest = { boddy = \"\" }\nexpect = { status = 1 }\n"),
            Mistakes{"7: unknown-key"});
  EXPECT_EQ(mistakes(head + "at = 1\norigin = { state = 1 }\n" + rest), Mistakes{"7: unknown-key"});
  EXPECT_EQ(mistakes(head + "at = 1\nledger = { clam = \"unavailable\" }\n" + rest),
            Mistakes{"7: unknown-key"});
  EXPECT_EQ(mistakes(head + "at = 1\nsign = { secrets = 1 }\n" + rest), Mistakes{"7: unknown-key"});
}

TEST_F(Fixtures, RefusesAStepWithoutATimeARequestOrAnExpectation) {
  EXPECT_EQ(mistakes(head + rest), Mistakes{"5: missing-key"});
  EXPECT_EQ(mistakes(head + "at = 1\nexpect = { status = 200 }\n"), Mistakes{"5: missing-key"});
  EXPECT_EQ(mistakes(head + "at = 1\nrequest = {}\n"), Mistakes{"5: missing-key"});
  EXPECT_EQ(mistakes(head + "at = 1\nrequest = {}\nexpect = {}\n"), Mistakes{"8: empty-expect"});
}

TEST_F(Fixtures, RefusesWhatSaysTheSameThingTwice) {
  EXPECT_EQ(mistakes(head + "at = 1\nat_ms = 1000\n" + rest), Mistakes{"7: one-of"});
  EXPECT_EQ(mistakes(head + "at = 1\nrepeat = 2\nconcurrent = 2\nrequest = {}\n"
                            "expect = { origin_calls = 1 }\n"),
            Mistakes{"8: one-of"});
  EXPECT_EQ(mistakes(head + "at = 1\nmutate = [{ body_flip = 1, body_append = \"x\" }]\n" + rest),
            Mistakes{"7: one-of"});
}

TEST_F(Fixtures, RefusesFactsOfOneDeliveryWhereSeveralFlyAtOnce) {
  EXPECT_EQ(mistakes(head + "at = 1\nconcurrent = 2\n" + rest), Mistakes{"9: not-for-concurrent"});
}

TEST_F(Fixtures, ReadsWhatGoesWrongWithQueueAndLimit) {
  compiler::Report report;
  const auto fixture =
      read_fixture(disk_files(),
                   write("case.toml", head +
                                          "at = 1\nqueue = { duplicate = true }\n"
                                          "limit = \"unavailable\"\n"
                                          "ledger = { accept = \"unavailable\" }\n" +
                                          rest +
                                          "[[step]]\nat = 9\nrepeat = 0\n"
                                          "queue = { send = \"fails\" }\nlimit = \"denied\"\n"
                                          "expect = { runs = 2, delays_ms = [1000], final = "
                                          "\"done\", run = { verdict = \"forwarded\" } }\n"),
                   report);
  ASSERT_TRUE(fixture.has_value()) << as_text(report.sorted(), compiler::Colour::never);
  EXPECT_EQ(fixture->steps[0].queue, QueueFault::doubled);
  EXPECT_EQ(fixture->steps[0].limit, LimitScript::unavailable);
  EXPECT_EQ(fixture->steps[0].ledger.accept, LedgerFault::unavailable);
  EXPECT_EQ(fixture->steps[1].queue, QueueFault::send_fails);
  EXPECT_EQ(fixture->steps[1].limit, LimitScript::denied);
  EXPECT_EQ(fixture->steps[1].copies, 0U);
  EXPECT_EQ(fixture->steps[1].expectations.size(), 4U);
}

TEST_F(Fixtures, RefusesAQueueThatFailsInTwoWaysOrNone) {
  EXPECT_EQ(mistakes(head + "at = 1\nqueue = {}\n" + rest), Mistakes{"7: one-of"});
  EXPECT_EQ(mistakes(head + "at = 1\nqueue = { lose = true, duplicate = true }\n" + rest),
            Mistakes{"7: one-of"});
}

TEST_F(Fixtures, RefusesFactsOfADeliveryWhereNoneIsSent) {
  const std::string step = head + "at = 1\n" + rest + "[[step]]\nrepeat = 0\n";
  EXPECT_EQ(mistakes(step + "expect = { status = 200 }\n"), Mistakes{"11: not-without-delivery"});
  EXPECT_EQ(mistakes(step + "sign = true\nexpect = { runs = 0 }\n"), Mistakes{"10: sends-nothing"});
  EXPECT_EQ(mistakes(step + "expect = { delays_ms = 5 }\n"), Mistakes{"11: wrong-type"});
  EXPECT_EQ(mistakes(step + "expect = { delays_ms = [\"5s\"] }\n"), Mistakes{"11: wrong-type"});
  EXPECT_EQ(mistakes(step + "expect = { run = \"forwarded\" }\n"), Mistakes{"11: wrong-type"});
}

TEST_F(Fixtures, RefusesWhatIsNotToml) { EXPECT_EQ(mistakes("shows = \n"), Mistakes{"1: syntax"}); }

TEST_F(Fixtures, RefusesAnAttachedFileThatIsNotThere) {
  EXPECT_EQ(
      mistakes(head + "at = 1\nrequest = { body_file = \"none\" }\nexpect = { status = 1 }\n"),
      Mistakes{"7: unreadable"});
}

TEST_F(Fixtures, AreSelectedByFileFolderGlobAndFilter) {
  write("a.toml", "");
  write("b.toml", "");
  write("b.json", "");
  const std::string folder = (folder_ / "provider").string();
  EXPECT_EQ(select_fixtures(disk_files(), {folder}, "").files.size(), 2U);
  EXPECT_EQ(select_fixtures(disk_files(), {folder, folder + "/a.toml"}, "").files.size(), 2U);
  EXPECT_EQ(select_fixtures(disk_files(), {folder + "/*.toml"}, "b.toml").files.size(), 1U);
  EXPECT_EQ(select_fixtures(disk_files(), {folder + "/none"}, "").unmatched.size(), 1U);
}

TEST_F(Fixtures, AreNamedByTheGlobsOfTheSystem) {
  for (const char* name : {"a.toml", "ab.toml", ".c.toml", "b.json", "star*.toml"}) {
    write(name, "");
  }
  const std::string folder = (folder_ / "provider").string();
  for (const std::string& pattern :
       {folder + "/*", folder + "/.*.toml", folder + "/?.toml", folder + "/[!b]*", folder + "/a*l",
        folder_.string() + "/*/a.toml", folder_.string() + "/p*r//*.toml", folder + "/star\\*.toml",
        folder + "/none*", folder_.string() + "/*/none", folder + "/a.toml/*"}) {
    glob_t found{};
    std::vector<std::string> wanted;
    if (glob(pattern.c_str(), 0, nullptr, &found) == 0) {
      for (std::size_t i = 0; i < found.gl_pathc; ++i) {
        wanted.push_back(fs::path(found.gl_pathv[i]).lexically_normal().string());
      }
    }
    globfree(&found);
    std::ranges::sort(wanted);
    EXPECT_EQ(select_fixtures(disk_files(), {pattern}, "").files, wanted) << pattern;
  }
}

TEST(Mutation, SaysWhenItChangedNothing) {
  Delivery delivery;
  delivery.body = "abc";
  EXPECT_EQ(mutate({.kind = MutationKind::header_remove, .texts = {"x"}}, delivery),
            Mutated::unchanged);
  EXPECT_EQ(mutate({.kind = MutationKind::body_flip, .texts = {}, .number = 3}, delivery),
            Mutated::unchanged);
  EXPECT_EQ(mutate({.kind = MutationKind::body_replace, .texts = {"z", "y"}}, delivery),
            Mutated::unchanged);
  EXPECT_EQ(mutate({.kind = MutationKind::body_flip, .texts = {}, .number = -1}, delivery),
            Mutated::changed);
  EXPECT_EQ(delivery.body, "abb");
}

}  // namespace
}  // namespace postern::harness
