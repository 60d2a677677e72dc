#include "harness/commands/replay.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <memory>

#include "harness/commands/policy_files.h"
#include "harness/commands/replay_cases.h"
#include "harness/commands/replay_plan.h"
#include "harness/commands/replay_running_gate.h"
#include "harness/fixture/check.h"
#include "harness/host/disk_files.h"
#include "harness/report/replay_report.h"

namespace postern::harness {
namespace {

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

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

std::unique_ptr<Engine> make_engine(const std::string& name) {
  return name == "wasm" ? make_wasm_engine() : make_native_engine();
}

CaseReport report_of(const CompiledCase& one) {
  return {.group = one.fixture.group,
          .name = one.fixture.name,
          .file = one.fixture.file,
          .shows = one.fixture.shows,
          .why_skipped = {},
          .failures = {},
          .rows = {}};
}

/// One case on one engine, or on two whose traces must not differ.
CaseReport replay_case(const CompiledCase& one, const ReplayOptions& options, Comparison comparison,
                       std::vector<CaseRun>* runs) {
  const auto start = std::chrono::steady_clock::now();
  CaseReport report = report_of(one);
  const std::unique_ptr<Engine> engine = make_engine(options.engine);
  CaseRun run = run_case(one, *engine);
  report.failures = check_case(one.fixture, run);
  if (comparison == Comparison::native_with_wasm) {
    const std::unique_ptr<Engine> other = make_engine(options.engine == "wasm" ? "native" : "wasm");
    for (Failure& failure :
         compare_runs(one.fixture, run, engine->name(), run_case(one, *other), other->name())) {
      report.failures.push_back(std::move(failure));
    }
  }
  for (const StepRun& step : run.steps) {
    add_rows(step, report.rows);
  }
  report.state = report.failures.empty() ? CaseState::passed : CaseState::failed;
  report.seconds = seconds_since(start);
  if (runs != nullptr) {
    runs->push_back(std::move(run));
  }
  return report;
}

struct WrittenReport {
  std::string form;
  std::string file;
};

/// Nothing for a report that does not exist, after saying so.
std::optional<std::vector<WrittenReport>> parse_reports(const std::vector<std::string>& texts) {
  std::vector<WrittenReport> reports;
  for (const std::string& text : texts) {
    const std::size_t equals = text.find('=');
    const std::string form = text.substr(0, equals);
    const std::string file = equals == std::string::npos ? "-" : text.substr(equals + 1);
    const bool is_known = form == "text" || form == "junit" || form == "json" || form == "tap";
    if (!is_known || file.empty()) {
      fmt::print(stderr, "There is no report `{}`: text, junit=FILE, json=FILE or tap=FILE.\n",
                 text);
      return std::nullopt;
    }
    if (std::ranges::find(reports, file, &WrittenReport::file) != reports.end()) {
      fmt::print(stderr, "Two reports would go to {}: give each a file of its own.\n",
                 file == "-" ? "standard output" : file);
      return std::nullopt;
    }
    reports.push_back({form, file});
  }
  return reports;
}

std::string written(const ReplayReport& report, const std::string& form, ReplayLayout layout,
                    compiler::Colour colour, std::optional<std::size_t> columns) {
  if (form == "junit") {
    return replay_as_junit(report);
  }
  if (form == "json") {
    return replay_as_json(report);
  }
  if (form == "tap") {
    return replay_as_tap(report);
  }
  return layout == ReplayLayout::table ? replay_as_table(report, colour, columns)
                                       : replay_as_text(report, colour);
}

/// Whether all could be written.
bool write_reports(const ReplayReport& report, const std::vector<WrittenReport>& reports,
                   ReplayLayout layout) {
  for (const auto& [form, file] : reports) {
    if (file == "-") {
      const std::string text =
          written(report, form, layout, colour_for(STDOUT_FILENO), known_columns(STDOUT_FILENO));
      std::fwrite(text.data(), 1, text.size(), stdout);
      continue;
    }
    std::ofstream stream(file, std::ios::binary);
    stream << written(report, form, layout, compiler::Colour::never, std::nullopt);
    if (!stream.flush()) {
      fmt::print(stderr, "Cannot write {}.\n", file);
      return false;
    }
  }
  return true;
}

bool is_address(const std::string& engine) {
  return engine.starts_with("http://") || engine.starts_with("https://");
}

ReplayReport replay_all(const std::vector<CompiledCase>& cases, compiler::Catalogue& catalogue,
                        const ReplayOptions& options, Comparison comparison) {
  ReplayReport report;
  report.engine = comparison == Comparison::none ? options.engine : "native against wasm";
  const auto start = std::chrono::steady_clock::now();
  if (is_address(options.engine)) {
    const RunningGate gate({.gate = options.engine,
                            .origin = options.origin,
                            .settings = options.settings,
                            .policy = options.policy,
                            .records = options.records},
                           catalogue);
    GateReplay replay(gate);
    for (const CompiledCase& one : cases) {
      report.cases.push_back(replay.run(one));
    }
  } else {
    std::vector<CaseRun> runs;
    for (const CompiledCase& one : cases) {
      report.cases.push_back(
          replay_case(one, options, comparison, options.plan.empty() ? nullptr : &runs));
    }
    if (!options.plan.empty()) {
      write_plan(options.plan, cases, runs);
    }
  }
  report.seconds = seconds_since(start);
  return report;
}

/// Throws `UsageError` for an engine that is none, and for options that would be ignored.
void check_options(const ReplayOptions& options, Comparison comparison, ReplayLayout layout) {
  const bool is_running_gate = is_address(options.engine);
  if (options.engine != "native" && options.engine != "wasm" && !is_running_gate) {
    throw UsageError("--engine takes native, wasm, or the address of a running gate.");
  }
  if (is_running_gate && (comparison != Comparison::none || !options.plan.empty())) {
    throw UsageError("A running gate gives no traces: no --compare and no --plan with it.");
  }
  if (is_running_gate && (options.policy.empty() || options.settings.empty())) {
    throw UsageError(
        "A running gate's fixtures are signed afresh: give --policy (its postern.toml) and "
        "--settings (its secrets, NAME=VALUE lines).");
  }
  for (const auto& [name, value] :
       {std::pair("--policy", &options.policy), std::pair("--settings", &options.settings),
        std::pair("--origin", &options.origin), std::pair("--records", &options.records)}) {
    if (!is_running_gate && !value->empty()) {
      throw UsageError(fmt::format("{} is about a running gate: it does nothing with --engine {}.",
                                   name, options.engine));
    }
  }
  if (layout == ReplayLayout::table &&
      std::ranges::none_of(options.reports, [](const auto& report) {
        return report == "text" || report.starts_with("text=");
      })) {
    throw UsageError("--table is a form of the text report, which --report leaves out.");
  }
}

/// Whether there is something to do, after saying what was asked for in vain.
bool names_something(const ReplayCases& selected, CasesUse use) {
  for (const std::string& pattern : selected.unmatched) {
    fmt::print(stderr, "Nothing is named {}.\n", pattern);
  }
  const bool has_cases =
      !selected.cases.empty() || (use == CasesUse::list && !selected.underived.empty());
  if (selected.unmatched.empty() && has_cases) {
    return true;
  }
  for (const UnderivedCase& one : selected.underived) {
    fmt::print(stderr, "There is no {}/{}: {}.\n", one.group, one.name, one.why_not);
  }
  fmt::print(stderr, "No fixture selected.\n");
  return false;
}

/// What would be replayed, and of each provider what its scheme cannot have.
void print_cases(const ReplayCases& selected) {
  for (const CompiledCase& one : selected.cases) {
    fmt::print("{}/{}\n", one.fixture.group, one.fixture.name);
  }
  for (const UnderivedCase& one : selected.underived) {
    fmt::print("not {}/{} ({})\n", one.group, one.name, one.why_not);
  }
  const auto derived = std::ranges::count_if(selected.cases, [](const CompiledCase& one) {
    return one.fixture.name.starts_with("derived/");
  });
  fmt::print("{} cases, {} of them derived; {} do not apply\n", selected.cases.size(), derived,
             selected.underived.size());
}

}  // namespace

int run_replay(const ReplayOptions& options, Comparison comparison, ReplayLayout layout,
               CasesUse use) {
  check_options(options, comparison, layout);
  const auto reports = parse_reports(options.reports);
  if (!reports.has_value()) {
    return exit_usage;
  }
  compiler::Report faults;
  compiler::Catalogue catalogue = open_catalogue(options.providers, faults);
  const auto selected =
      read_replay_cases(disk_files(), options.paths, options.filter, catalogue, faults);
  if (!selected.has_value()) {
    print_to_stderr(faults);
    return exit_unreadable;
  }
  if (!names_something(*selected, use)) {
    return exit_usage;
  }
  if (use == CasesUse::list) {
    print_cases(*selected);
    return exit_ok;
  }
  try {
    const ReplayReport report = replay_all(selected->cases, catalogue, options, comparison);
    if (!write_reports(report, *reports, layout)) {
      return exit_unreadable;
    }
    return report.count(CaseState::failed) == 0 ? exit_ok : exit_expectation_failed;
  } catch (const Unreachable& fault) {
    fmt::print(stderr, "{}\n", fault.what());
    return exit_target_unavailable;
  } catch (const GateFilesUnreadable& fault) {
    fmt::print(stderr, "{}\n", fault.what());
    return exit_unreadable;
  }
}

void register_replay(CommandLine& line) {
  Command& command = line.add("replay", Group::proof, "Replay fixtures through the gate");
  auto options = std::make_shared<ReplayOptions>();
  auto compare = std::make_shared<bool>(false);
  auto table = std::make_shared<bool>(false);
  auto list = std::make_shared<bool>(false);
  command.words("FIXTURES", "files, folders or globs, FOLDER/derived/NAME too (fixtures)",
                options->paths);
  command.text("--engine", "ENGINE",
               "native (the core), wasm (the shipped bytes), or the address of a running gate",
               options->engine);
  command.flag("--compare", "Run both engines; their traces must be the same byte for byte",
               *compare);
  add_providers_option(command, options->providers);
  command.text("--filter", "PART", "Only fixtures whose path holds this text", options->filter);
  command.texts(
      "--report", "FORM",
      "text, junit=FILE, json=FILE or tap=FILE; may be given again (- is standard output)",
      options->reports);
  command.flag("--list",
               "Replay nothing: list the cases, derived ones too, and which ones a scheme cannot "
               "have",
               *list);
  command.flag("--table", "Show verdict, reason, status and origin calls of each step", *table);
  command.text("--plan", "FILE", "Write the steps and traces for the edge's test", options->plan);
  command.text("--settings", "FILE", "A running gate's secrets: NAME=VALUE lines",
               options->settings);
  command.text("--policy", "FILE", "A running gate's postern.toml", options->policy);
  command.text("--origin", "URL", "A running gate's demo origin (`postern origin`)",
               options->origin);
  command.text("--records", "FILE", "File that a running gate's log goes to", options->records);
  command.example("postern replay fixtures");
  command.example("postern replay fixtures/stripe --compare --table");
  command.example("postern replay 'fixtures/*/derived/changed-body'");
  command.example("postern replay --report junit=replay.xml --report text fixtures");
  command.example(
      "postern replay fixtures --engine http://127.0.0.1:8787 --policy postern.toml --settings "
      "build/dev/secrets.env --origin http://127.0.0.1:8788");
  command.note(
      "Ends with 0: all as expected, 1: an expectation failed, 2: usage, 3: unreadable fixture, 4: "
      "the running gate is unavailable, 5: a defect of postern.");
  command.note(
      "From the fixture that says `genuine` come the cases that every provider has: "
      "PROVIDER/derived/changed-body and others.");
  for (const char* other : {"--compare", "--report", "--table", "--plan"}) {
    command.excludes("--list", other);
  }
  command.run([options, compare, table, list] {
    if (options->paths.empty()) {
      options->paths = {"fixtures"};
    }
    if (options->reports.empty()) {
      options->reports = {"text"};
    }
    return run_replay(*options, *compare ? Comparison::native_with_wasm : Comparison::none,
                      *table ? ReplayLayout::table : ReplayLayout::lines,
                      *list ? CasesUse::list : CasesUse::replay);
  });
}

}  // namespace postern::harness
