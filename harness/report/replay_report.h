#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/diagnostics.h"
#include "harness/fixture/check.h"

// What a replay found, as data, and its written forms. A form is a pure function of the data.

namespace postern::harness {

enum class CaseState : std::uint8_t { passed, failed, skipped };

/// One row of the table: what became of the deliveries of one step, or of one run of the queue.
struct ReplayRow {
  std::string verdict;
  std::string reason;
  /// What the sender got; nothing where nobody waits for an answer, or none came.
  std::optional<int> status;
  /// A run of the queue: nobody waits for an answer.
  bool is_run = false;
  std::optional<std::size_t> origin_calls;
};

struct CaseReport {
  std::string group;  // The provider.
  std::string name;
  std::string file;
  std::string shows;
  CaseState state = CaseState::passed;
  std::string why_skipped;
  std::vector<Failure> failures;
  std::vector<ReplayRow> rows;
  double seconds = 0;
};

struct ReplayReport {
  /// Such as `native` or `native, wasm`.
  std::string engine;
  std::vector<CaseReport> cases;
  double seconds = 0;

  [[nodiscard]] std::size_t count(CaseState state) const;
};

/// `replay_as_text` is for people: one line per case, failures below theirs, and a closing line
/// `N passed, N failed`, with `, N skipped` when there are.
[[nodiscard]] std::string replay_as_text(const ReplayReport& report, compiler::Colour colour);

/// `replay_as_table` shows provider, case, verdict, reason, status and origin calls, a row per
/// step and per run of the queue. Where that is wider than `columns`, if there is a width to keep
/// to, provider and case stand on a line of their own above their rows.
[[nodiscard]] std::string replay_as_table(const ReplayReport& report, compiler::Colour colour,
                                          std::optional<std::size_t> columns);

/// `replay_as_junit` is the XML that build servers read: a suite per group, a case per fixture.
/// Source: https://github.com/testmoapp/junitxml, read 2026-11-21.
[[nodiscard]] std::string replay_as_junit(const ReplayReport& report);

/// `replay_as_json` has the same facts as one object; numbers are numbers, what is not known null.
[[nodiscard]] std::string replay_as_json(const ReplayReport& report);

/// `replay_as_tap` is TAP 14. Source: https://testanything.org/tap-version-14-specification.html.
[[nodiscard]] std::string replay_as_tap(const ReplayReport& report);

/// `show_failure` is `file:line: what: expected …, got …`.
[[nodiscard]] std::string show_failure(const Failure& failure);

}  // namespace postern::harness
