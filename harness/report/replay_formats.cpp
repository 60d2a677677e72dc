#include <fmt/format.h>

#include <cmath>
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>

#include "harness/report/replay_report.h"

namespace postern::harness {
namespace {

/// Escapes text for XML 1.0. What that cannot hold at all, such as a control character, becomes
/// `?`.
std::string xml(std::string_view text) {
  std::string escaped;
  for (const char character : text) {
    switch (character) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\n':
        escaped += "&#10;";
        break;
      default: {
        const bool is_control = static_cast<unsigned char>(character) < 0x20 && character != '\t';
        escaped.push_back(is_control ? '?' : character);
      }
    }
  }
  return escaped;
}

/// With three digits behind the point.
std::string shown_seconds(double seconds) {
  const auto milliseconds = static_cast<std::int64_t>(std::llround(seconds * 1000));
  return fmt::format("{}.{:03}", milliseconds / 1000, milliseconds % 1000);
}

std::string junit_case(const CaseReport& one) {
  std::string text =
      fmt::format("    <testcase classname=\"{}\" name=\"{}\" file=\"{}\" time=\"{}\"",
                  xml(one.group), xml(one.name), xml(one.file), shown_seconds(one.seconds));
  if (one.state == CaseState::passed) {
    return text + "/>\n";
  }
  text += ">\n";
  if (one.state == CaseState::skipped) {
    text += fmt::format("      <skipped message=\"{}\"/>\n", xml(one.why_skipped));
  }
  for (const Failure& failure : one.failures) {
    text += fmt::format("      <failure type=\"expectation\" message=\"{}\">{}</failure>\n",
                        xml(failure.what), xml(show_failure(failure)));
  }
  return text + "    </testcase>\n";
}

std::string_view name_of(CaseState state) {
  return state == CaseState::passed ? "passed" : state == CaseState::failed ? "failed" : "skipped";
}

template <class Number>
nlohmann::ordered_json json_number(const std::optional<Number>& number) {
  return number.has_value() ? nlohmann::ordered_json(*number) : nlohmann::ordered_json(nullptr);
}

/// What was expected or seen is JSON where it is a value, and else a text about it.
nlohmann::ordered_json json_value(const std::string& shown) {
  const nlohmann::ordered_json value = nlohmann::ordered_json::parse(shown, nullptr, false);
  return value.is_discarded() ? nlohmann::ordered_json(shown) : value;
}

nlohmann::ordered_json json_case(const CaseReport& one) {
  nlohmann::ordered_json failures = nlohmann::ordered_json::array();
  for (const Failure& failure : one.failures) {
    failures.push_back({{"file", failure.file},
                        {"line", failure.line},
                        {"what", failure.what},
                        {"expected", json_value(failure.expected)},
                        {"actual", json_value(failure.actual)}});
  }
  nlohmann::ordered_json steps = nlohmann::ordered_json::array();
  for (const ReplayRow& row : one.rows) {
    steps.push_back({{"verdict", row.verdict},
                     {"reason", row.reason},
                     {"run", row.is_run},
                     {"status", json_number(row.status)},
                     {"origin_calls", json_number(row.origin_calls)}});
  }
  return {{"provider", one.group},
          {"case", one.name},
          {"file", one.file},
          {"shows", one.shows},
          {"state", name_of(one.state)},
          {"why_skipped", one.why_skipped},
          {"seconds", one.seconds},
          {"steps", steps},
          {"failures", failures}};
}

/// A plain scalar of YAML in double quotes, which takes JSON's escapes.
std::string yaml(std::string_view text) {
  return nlohmann::json(text).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
}

}  // namespace

std::string replay_as_junit(const ReplayReport& report) {
  std::map<std::string, std::vector<const CaseReport*>> suites;
  for (const CaseReport& one : report.cases) {
    suites[one.group].push_back(&one);
  }
  std::string text = fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<testsuites name=\"postern replay ({})\" tests=\"{}\" failures=\"{}\" skipped=\"{}\" "
      "errors=\"0\" time=\"{}\">\n",
      xml(report.engine), report.cases.size(), report.count(CaseState::failed),
      report.count(CaseState::skipped), shown_seconds(report.seconds));
  for (const auto& [group, cases] : suites) {
    ReplayReport suite;
    for (const CaseReport* one : cases) {
      suite.cases.push_back(*one);
      suite.seconds += one->seconds;
    }
    text += fmt::format(
        "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" skipped=\"{}\" errors=\"0\" "
        "time=\"{}\">\n",
        xml(group), cases.size(), suite.count(CaseState::failed), suite.count(CaseState::skipped),
        shown_seconds(suite.seconds));
    for (const CaseReport* one : cases) {
      text += junit_case(*one);
    }
    text += "  </testsuite>\n";
  }
  return text + "</testsuites>\n";
}

std::string replay_as_json(const ReplayReport& report) {
  nlohmann::ordered_json cases = nlohmann::ordered_json::array();
  for (const CaseReport& one : report.cases) {
    cases.push_back(json_case(one));
  }
  const nlohmann::ordered_json whole = {{"engine", report.engine},
                                        {"passed", report.count(CaseState::passed)},
                                        {"failed", report.count(CaseState::failed)},
                                        {"skipped", report.count(CaseState::skipped)},
                                        {"seconds", report.seconds},
                                        {"cases", cases}};
  return whole.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

std::string replay_as_tap(const ReplayReport& report) {
  std::string text = fmt::format("TAP version 14\n1..{}\n", report.cases.size());
  std::size_t number = 0;
  for (const CaseReport& one : report.cases) {
    text += fmt::format("{} {} - {}/{}{}\n", one.state == CaseState::failed ? "not ok" : "ok",
                        ++number, one.group, one.name,
                        one.state == CaseState::skipped ? " # SKIP " + one.why_skipped : "");
    if (one.failures.empty()) {
      continue;
    }
    text += "  ---\n  failures:\n";
    for (const Failure& failure : one.failures) {
      text += fmt::format("    - at: {}\n      what: {}\n      expected: {}\n      actual: {}\n",
                          yaml(fmt::format("{}:{}", failure.file, failure.line)),
                          yaml(failure.what), yaml(failure.expected), yaml(failure.actual));
    }
    text += "  ...\n";
  }
  return text;
}

}  // namespace postern::harness
