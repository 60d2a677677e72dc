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

std::string_view tint(CaseState state, compiler::Colour colour) {
  if (colour == compiler::Colour::never) {
    return "";
  }
  return state == CaseState::passed   ? "\x1b[32m"
         : state == CaseState::failed ? "\x1b[1;31m"
                                      : "\x1b[33m";
}

std::string_view plain(compiler::Colour colour) {
  return colour == compiler::Colour::never ? "" : "\x1b[0m";
}

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

/// What a row of the table shows behind its names.
struct RowCells {
  std::string verdict;
  std::string reason;
  std::string status;
  std::string calls;
};

RowCells cells_of(const ReplayRow& row) {
  return {.verdict = row.verdict,
          .reason = row.reason,
          .status = shown_status(row),
          .calls = shown_calls(row)};
}

/// Of the columns, without what stands between them; those of the last two are their headings'.
struct TableWidths {
  std::size_t group = 8;
  std::size_t name = 4;
  std::size_t verdict = 7;
  std::size_t reason = 6;

  static constexpr std::size_t status = 6;
  static constexpr std::size_t calls = 12;
  static constexpr std::size_t mark = 5;
  static constexpr std::size_t between = 2;

  [[nodiscard]] std::size_t line() const {
    return mark + group + name + verdict + reason + status + calls + 5 * between;
  }
};

TableWidths widths_of(const ReplayReport& report) {
  TableWidths widths;
  for (const CaseReport& one : report.cases) {
    widths.group = std::max(widths.group, one.group.size());
    widths.name = std::max(widths.name, one.name.size());
    for (const ReplayRow& row : one.rows) {
      widths.verdict = std::max(widths.verdict, row.verdict.size());
      widths.reason = std::max(widths.reason, row.reason.size());
    }
  }
  return widths;
}

std::string shown_names(std::string_view group, std::string_view name, const TableWidths& widths) {
  return fmt::format("{:{}}  {:{}}  ", group, widths.group, name, widths.name);
}

std::string shown_cells(const RowCells& cells, const TableWidths& widths) {
  return fmt::format("{:{}}  {:{}}  {:>{}}  {:>{}}\n", cells.verdict, widths.verdict, cells.reason,
                     widths.reason, cells.status, TableWidths::status, cells.calls,
                     TableWidths::calls);
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

std::string replay_as_text(const ReplayReport& report, compiler::Colour colour) {
  std::string text;
  for (const CaseReport& one : report.cases) {
    text += fmt::format("{}{}{} {}/{}{}\n", tint(one.state, colour), mark(one.state), plain(colour),
                        one.group, one.name,
                        one.why_skipped.empty() ? "" : " (" + one.why_skipped + ")");
    text += failures_below(one);
  }
  return text + closing_line(report);
}

std::string replay_as_table(const ReplayReport& report, compiler::Colour colour,
                            std::optional<std::size_t> columns) {
  const TableWidths widths = widths_of(report);
  const bool is_stacked = columns.has_value() && widths.line() > *columns;
  const auto names = [&](std::string_view group, std::string_view name) {
    return is_stacked ? "" : shown_names(group, name, widths);
  };
  std::string text =
      "     " + names("provider", "case") +
      shown_cells(
          {.verdict = "verdict", .reason = "reason", .status = "status", .calls = "origin calls"},
          widths);
  for (const CaseReport& one : report.cases) {
    std::string begin =
        fmt::format("{}{}{} ", tint(one.state, colour), mark(one.state), plain(colour));
    if (is_stacked) {
      text += fmt::format("{}{}/{}{}\n", begin, one.group, one.name,
                          one.why_skipped.empty() ? "" : " (" + one.why_skipped + ")");
      begin = "     ";
    } else if (one.rows.empty()) {
      text += begin + names(one.group, one.name) + one.why_skipped + "\n";
    }
    bool is_first = true;
    for (const ReplayRow& row : one.rows) {
      text += is_first ? begin + names(one.group, one.name) : "     " + names("", "");
      text += shown_cells(cells_of(row), widths);
      is_first = false;
    }
    text += failures_below(one);
  }
  return text + closing_line(report);
}

}  // namespace postern::harness
