#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "harness/report/replay_report.h"

namespace postern::harness {
namespace {

ReplayReport sample() {
  ReplayReport report;
  report.engine = "native";
  report.seconds = 1.5;
  report.cases = {
      {.group = "stripe",
       .name = "passes",
       .file = "f/stripe/passes.toml",
       .shows = "A.",
       .state = CaseState::passed,
       .why_skipped = "",
       .failures = {},
       .rows = {},
       .seconds = 0.25},
      {.group = "stripe",
       .name = "fails",
       .file = "f/stripe/fails.toml",
       .shows = "B.",
       .state = CaseState::failed,
       .why_skipped = "",
       .failures = {{"f/stripe/fails.toml", 7, "status", "200", "\"<&>\""}},
       .rows = {},
       .seconds = 0.5},
      {.group = "github",
       .name = "skips",
       .file = "f/github/skips.toml",
       .shows = "C.",
       .state = CaseState::skipped,
       .why_skipped = "no clock",
       .failures = {},
       .rows = {},
       .seconds = 0},
  };
  return report;
}

TEST(ReplayReports, EndTheTextWithTheCounts) {
  const std::string text = replay_as_text(sample(), compiler::Colour::never);
  EXPECT_TRUE(text.ends_with("\n1 passed, 1 failed, 1 skipped\n")) << text;
  EXPECT_TRUE(text.contains("f/stripe/fails.toml:7: status: expected 200, got \"<&>\"")) << text;
  EXPECT_FALSE(text.contains('\x1b'));
  EXPECT_TRUE(replay_as_text(sample(), compiler::Colour::always).contains('\x1b'));
}

// The structure of https://github.com/testmoapp/junitxml: testsuites > testsuite > testcase, with
// counts on the first two, and `failure` or `skipped` within the last.
TEST(ReplayReports, WriteJunitXmlAsBuildServersReadIt) {
  const std::string wanted =
      R"xml(<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="postern replay (native)" tests="3" failures="1" skipped="1" errors="0" )xml"
      R"xml(time="1.500">
  <testsuite name="github" tests="1" failures="0" skipped="1" errors="0" time="0.000">
    <testcase classname="github" name="skips" file="f/github/skips.toml" time="0.000">
      <skipped message="no clock"/>
    </testcase>
  </testsuite>
  <testsuite name="stripe" tests="2" failures="1" skipped="0" errors="0" time="0.750">
    <testcase classname="stripe" name="passes" file="f/stripe/passes.toml" time="0.250"/>
    <testcase classname="stripe" name="fails" file="f/stripe/fails.toml" time="0.500">
      <failure type="expectation" message="status">f/stripe/fails.toml:7: status: )xml"
      R"xml(expected 200, got &quot;&lt;&amp;&gt;&quot;</failure>
    </testcase>
  </testsuite>
</testsuites>
)xml";
  EXPECT_EQ(replay_as_junit(sample()), wanted);
}

// https://testanything.org/tap-version-14-specification.html: version, plan, test points,
// directives and a YAML block indented by two.
TEST(ReplayReports, WriteTapFourteen) {
  EXPECT_EQ(replay_as_tap(sample()),
            "TAP version 14\n"
            "1..3\n"
            "ok 1 - stripe/passes\n"
            "not ok 2 - stripe/fails\n"
            "  ---\n"
            "  failures:\n"
            "    - at: \"f/stripe/fails.toml:7\"\n"
            "      what: \"status\"\n"
            "      expected: \"200\"\n"
            "      actual: \"\\\"<&>\\\"\"\n"
            "  ...\n"
            "ok 3 - github/skips # SKIP no clock\n");
}

TEST(ReplayReports, WriteJsonWithTheSameCounts) {
  const auto json = nlohmann::json::parse(replay_as_json(sample()));
  EXPECT_EQ(json.at("passed"), 1);
  EXPECT_EQ(json.at("failed"), 1);
  EXPECT_EQ(json.at("skipped"), 1);
  const auto& failure = json.at("cases").at(1).at("failures").at(0);
  EXPECT_EQ(failure.at("line"), 7);
  EXPECT_EQ(failure.at("expected"), 200);
  EXPECT_EQ(failure.at("actual"), "<&>");
}

TEST(ReplayReports, WriteNumbersAsNumbersAndWhatIsNotKnownAsNull) {
  ReplayReport report = sample();
  report.cases.resize(1);
  report.cases[0].rows = {
      {.verdict = "forwarded", .reason = "", .status = 200, .is_run = false, .origin_calls = 1},
      {.verdict = "forwarded", .reason = "", .status = {}, .is_run = true, .origin_calls = {}}};
  const auto steps = nlohmann::json::parse(replay_as_json(report)).at("cases").at(0).at("steps");
  const auto wanted = nlohmann::json::parse(R"([
    {"verdict": "forwarded", "reason": "", "run": false, "status": 200, "origin_calls": 1},
    {"verdict": "forwarded", "reason": "", "run": true, "status": null, "origin_calls": null}])");
  EXPECT_EQ(steps, wanted);
  EXPECT_TRUE(replay_as_table(report, compiler::Colour::never, std::nullopt).contains("   run "));
}

TEST(ReplayReports, StackTheTableWhereItIsWiderThanTheTerminal) {
  ReplayReport report = sample();
  report.cases.resize(1);
  report.cases[0].group = "group";
  report.cases[0].name = "a-case-with-a-name-of-its-own";
  report.cases[0].rows = {
      {.verdict = "refused", .reason = "stale", .status = 401, .is_run = false, .origin_calls = 0},
      {.verdict = "forwarded", .reason = "", .status = {}, .is_run = true, .origin_calls = 1}};
  const std::string wide =
      "     provider  case                           verdict    reason  status  origin calls\n"
      "pass group     a-case-with-a-name-of-its-own  refused    stale      401             0\n"
      "                                              forwarded             run             1\n"
      "1 passed, 0 failed\n";
  const std::string stacked =
      "     verdict    reason  status  origin calls\n"
      "pass group/a-case-with-a-name-of-its-own\n"
      "     refused    stale      401             0\n"
      "     forwarded             run             1\n"
      "1 passed, 0 failed\n";
  const std::size_t columns = wide.find('\n');
  EXPECT_EQ(replay_as_table(report, compiler::Colour::never, std::nullopt), wide);
  EXPECT_EQ(replay_as_table(report, compiler::Colour::never, columns), wide);
  EXPECT_EQ(replay_as_table(report, compiler::Colour::never, columns - 1), stacked);
}

}  // namespace
}  // namespace postern::harness
