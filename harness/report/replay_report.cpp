#include "harness/report/replay_report.h"

#include <fmt/format.h>

#include <algorithm>

namespace postern::harness {
namespace {

std::string_view mark(CaseState state) {
  switch (state) {
    case CaseState::passed:
      return "pass";
    case CaseState::failed:
      return "FAIL";
    case CaseState::skipped:
      return "skip";
  }
  return "";
}

std::string_view tint(CaseState state, Colour colour) {
  if (colour == Colour::never) {
    return "";
  }
  return state == CaseState::passed   ? "\x1b[32m"
         : state == CaseState::failed ? "\x1b[1;31m"
                                      : "\x1b[33m";
}

std::string_view plain(Colour colour) { return colour == Colour::never ? "" : "\x1b[0m"; }

std::string closing_line(const ReplayReport& report) {
  std::string line = fmt::format("{} passed, {} failed", report.count(CaseState::passed),
                                 report.count(CaseState::failed));
  if (const std::size_t skipped = report.count(CaseState::skipped); skipped > 0) {
    line += fmt::format(", {} skipped", skipped);
  }
  return line + "\n";
}

std::string shown_status(const ReplayRow& row) {
  return row.is_run ? "run" : row.status.has_value() ? std::to_string(*row.status) : "";
}

std::string shown_calls(const ReplayRow& row) {
  return row.origin_calls.has_value() ? std::to_string(*row.origin_calls) : "";
}

std::string failures_below(const CaseReport& one) {
  std::string text;
  for (const Failure& failure : one.failures) {
    text += fmt::format("     {}\n", show_failure(failure));
  }
  return text;
}

}  // namespace

std::size_t ReplayReport::count(CaseState state) const {
  return static_cast<std::size_t>(std::ranges::count(cases, state, &CaseReport::state));
}

std::string show_failure(const Failure& failure) {
  return fmt::format("{}:{}: {}: expected {}, got {}", failure.file, failure.line, failure.what,
                     failure.expected, failure.actual);
}

std::string replay_as_text(const ReplayReport& report, Colour colour) {
  std::string text;
  for (const CaseReport& one : report.cases) {
    text += fmt::format("{}{}{} {}/{}{}\n", tint(one.state, colour), mark(one.state), plain(colour),
                        one.group, one.name,
                        one.why_skipped.empty() ? "" : " (" + one.why_skipped + ")");
    text += failures_below(one);
  }
  return text + closing_line(report);
}

std::string replay_as_table(const ReplayReport& report, Colour colour) {
  std::size_t group_width = 8;
  std::size_t name_width = 4;
  for (const CaseReport& one : report.cases) {
    group_width = std::max(group_width, one.group.size());
    name_width = std::max(name_width, one.name.size());
  }
  std::string text =
      fmt::format("     {:{}}  {:{}}  {:10}  {:24}  {:>6}  {:>12}\n", "provider", group_width,
                  "case", name_width, "verdict", "reason", "status", "origin calls");
  for (const CaseReport& one : report.cases) {
    bool is_first = true;
    for (const ReplayRow& row : one.rows) {
      text +=
          fmt::format("{}{}{} {:{}}  {:{}}  {:10}  {:24}  {:>6}  {:>12}\n", tint(one.state, colour),
                      is_first ? mark(one.state) : "    ", plain(colour), is_first ? one.group : "",
                      group_width, is_first ? one.name : "", name_width, row.verdict, row.reason,
                      shown_status(row), shown_calls(row));
      is_first = false;
    }
    if (one.rows.empty()) {
      text +=
          fmt::format("{}{}{} {:{}}  {:{}}  {}\n", tint(one.state, colour), mark(one.state),
                      plain(colour), one.group, group_width, one.name, name_width, one.why_skipped);
    }
    text += failures_below(one);
  }
  return text + closing_line(report);
}

}  // namespace postern::harness
