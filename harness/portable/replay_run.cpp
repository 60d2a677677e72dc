#include "harness/portable/replay_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <expected>
#include <utility>

#include "harness/fixture/check.h"
#include "harness/portable/replay_cases.h"

namespace postern::harness {
namespace {

using compiler::Exit;

ReplayRow row_of(const Outcome& outcome) {
  const auto record = nlohmann::json::parse(outcome.record, nullptr, false);
  return {.verdict = record.is_object() ? record.value("verdict", "") : "",
          .reason = record.is_object() ? record.value("reason", "") : "",
          .status = outcome.answer.has_value() ? std::optional<int>(outcome.answer->status)
                                               : std::nullopt,
          .is_run = false,
          .origin_calls = outcome.forwards.size()};
}

/// One row for all deliveries of a step, and one for each run of the queue after them.
void add_rows(const StepRun& step, std::vector<ReplayRow>& rows) {
  if (!step.outcomes.empty()) {
    ReplayRow row = row_of(step.outcomes.back());
    std::size_t origin_calls = 0;
    for (const Outcome& outcome : step.outcomes) {
      origin_calls += outcome.forwards.size();
    }
    row.origin_calls = origin_calls;
    if (step.outcomes.size() > 1) {
      row.reason = fmt::format("(last of {})", step.outcomes.size());
    }
    rows.push_back(std::move(row));
  }
  for (const StepQueueRun& one : step.runs) {
    rows.push_back(row_of(one.run.outcome));
    rows.back().is_run = true;
    rows.back().status.reset();
  }
}

/// A report that was asked for: its form, and where it goes.
struct WantedReport {
  std::string form;
  std::string file;
};

/// What is wrong, where one of them does not exist or two would go to one place.
std::expected<std::vector<WantedReport>, std::string> parse_reports(
    const std::vector<std::string>& texts) {
  std::vector<WantedReport> reports;
  for (const std::string& text : texts) {
    const std::size_t equals = text.find('=');
    const std::string form = text.substr(0, equals);
    const std::string file = equals == std::string::npos ? "-" : text.substr(equals + 1);
    const bool is_known = form == "text" || form == "junit" || form == "json" || form == "tap";
    if (!is_known || file.empty()) {
      return std::unexpected(
          fmt::format("There is no report `{}`: text, junit=FILE, json=FILE or tap=FILE.\n", text));
    }
    if (std::ranges::find(reports, file, &WantedReport::file) != reports.end()) {
      return std::unexpected(
          fmt::format("Two reports would go to {}: give each a file of its own.\n",
                      file == "-" ? "standard output" : file));
    }
    reports.push_back({form, file});
  }
  return reports;
}

std::string written(const ReplayReport& report, const WantedReport& wanted, ReplayLayout layout,
                    const ReplayTerminals& terminals) {
  if (wanted.form == "junit") {
    return replay_as_junit(report);
  }
  if (wanted.form == "json") {
    return replay_as_json(report);
  }
  if (wanted.form == "tap") {
    return replay_as_tap(report);
  }
  const bool is_shown = wanted.file == "-";
  const compiler::Colour colour = is_shown ? terminals.out : compiler::Colour::never;
  return layout == ReplayLayout::table
             ? replay_as_table(report, colour, is_shown ? terminals.columns : std::nullopt)
             : replay_as_text(report, colour);
}

/// What was asked for in vain; empty when there is something to do.
std::string asked_in_vain(const ReplayCases& selected, CasesUse use) {
  const bool has_cases =
      !selected.cases.empty() || (use == CasesUse::list && !selected.underived.empty());
  if (selected.unmatched.empty() && has_cases) {
    return {};
  }
  std::string text;
  for (const std::string& pattern : selected.unmatched) {
    text += fmt::format("Nothing is named {}.\n", pattern);
  }
  for (const UnderivedCase& one : selected.underived) {
    text += fmt::format("There is no {}/{}: {}.\n", one.group, one.name, one.why_not);
  }
  return text + "No fixture selected.\n";
}

/// What would be replayed, and of each provider what its scheme cannot have.
std::string listed(const ReplayCases& selected) {
  std::string text;
  for (const CompiledCase& one : selected.cases) {
    text += fmt::format("{}/{}\n", one.fixture.group, one.fixture.name);
  }
  for (const UnderivedCase& one : selected.underived) {
    text += fmt::format("not {}/{} ({})\n", one.group, one.name, one.why_not);
  }
  const auto derived = std::ranges::count_if(selected.cases, [](const CompiledCase& one) {
    return one.fixture.name.starts_with("derived/");
  });
  return text + fmt::format("{} cases, {} of them derived; {} do not apply\n",
                            selected.cases.size(), derived, selected.underived.size());
}

ReplayOutput nothing_replayed(Exit exit, std::string err) {
  return {.said = {.out = "", .err = std::move(err), .exit = exit}, .reports = {}};
}

}  // namespace

GateSession session_of(const ReplayOptions& options) {
  return {.gate = options.engine,
          .origin = options.origin,
          .settings = options.settings,
          .policy = options.policy,
          .records = options.records};
}

bool names_running_gate(const ReplayOptions& options) {
  return options.engine.starts_with("http://") || options.engine.starts_with("https://");
}

std::optional<std::string> replay_usage_fault(const ReplayOptions& options,
                                              const std::vector<std::string_view>& engines) {
  const bool is_running_gate = names_running_gate(options);
  if (std::ranges::find(engines, options.engine) == engines.end() && !is_running_gate) {
    return fmt::format("--engine takes {}, or the address of a running gate.",
                       fmt::join(engines, ", "));
  }
  if (is_running_gate && (options.comparison != Comparison::none || !options.plan.empty())) {
    return "A running gate gives no traces: no --compare and no --plan with it.";
  }
  if (is_running_gate && (options.policy.empty() || options.settings.empty())) {
    return "A running gate's fixtures are signed afresh: give --policy (its postern.toml) and "
           "--settings (its secrets, NAME=VALUE lines).";
  }
  for (const auto& [name, value] :
       {std::pair("--policy", &options.policy), std::pair("--settings", &options.settings),
        std::pair("--origin", &options.origin), std::pair("--records", &options.records)}) {
    if (!is_running_gate && !value->empty()) {
      return fmt::format("{} is about a running gate: it does nothing with --engine {}.", name,
                         options.engine);
    }
  }
  if (options.layout == ReplayLayout::table &&
      std::ranges::none_of(options.reports, [](const auto& report) {
        return report == "text" || report.starts_with("text=");
      })) {
    return "--table is a form of the text report, which --report leaves out.";
  }
  return std::nullopt;
}

CaseReport replay_case(const CompiledCase& one, Engine& engine, Engine* other, Clock clock,
                       std::vector<CaseRun>* runs) {
  const double start = clock();
  CaseReport report{.group = one.fixture.group,
                    .name = one.fixture.name,
                    .file = one.fixture.file,
                    .shows = one.fixture.shows,
                    .why_skipped = {},
                    .failures = {},
                    .rows = {}};
  CaseRun run = run_case(one, engine);
  report.failures = check_case(one.fixture, run);
  if (other != nullptr) {
    for (Failure& failure :
         compare_runs(one.fixture, run, engine.name(), run_case(one, *other), other->name())) {
      report.failures.push_back(std::move(failure));
    }
  }
  for (const StepRun& step : run.steps) {
    add_rows(step, report.rows);
  }
  report.state = report.failures.empty() ? CaseState::passed : CaseState::failed;
  report.seconds = clock() - start;
  if (runs != nullptr) {
    runs->push_back(std::move(run));
  }
  return report;
}

std::string unwritable_report(const std::string& file) {
  return fmt::format("Cannot write {}.\n", file);
}

ReplayOutput replay(const ReplayOptions& options, const Files& files,
                    compiler::Catalogue& catalogue, compiler::Report& report,
                    const ReplayTerminals& terminals, const PlayCases& play) {
  const auto wanted = parse_reports(options.reports);
  if (!wanted.has_value()) {
    return nothing_replayed(Exit::usage, wanted.error());
  }
  const auto selected = read_replay_cases(files, options.paths, options.filter, catalogue, report);
  if (!selected.has_value()) {
    return nothing_replayed(Exit::unreadable, compiler::report_text(report, terminals.err));
  }
  if (std::string in_vain = asked_in_vain(*selected, options.use); !in_vain.empty()) {
    return nothing_replayed(Exit::usage, std::move(in_vain));
  }
  if (options.use == CasesUse::list) {
    return {.said = {.out = listed(*selected), .err = "", .exit = Exit::ok}, .reports = {}};
  }
  const ReplayReport played = play(selected->cases);
  ReplayOutput output;
  for (const WantedReport& one : *wanted) {
    output.reports.push_back({one.file, written(played, one, options.layout, terminals)});
  }
  output.said.exit = played.count(CaseState::failed) == 0 ? Exit::ok : Exit::expectation_failed;
  return output;
}

}  // namespace postern::harness
