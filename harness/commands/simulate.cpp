#include "harness/commands/simulate.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <thread>

#include "harness/commands/exit_codes.h"
#include "harness/simulate/campaign.h"
#include "harness/simulate/explore.h"

namespace postern::harness {
namespace {

using namespace simulate;
using Json = nlohmann::ordered_json;

/// Timelines are for a look at one seed, not for a million.
constexpr std::uint64_t timelines_max = 20;

/// More threads than any machine of today has processors.
constexpr unsigned jobs_max = 1024;

/// Each fault more multiplies the schedules; six take minutes.
constexpr unsigned faults_most = 6;

/// Wide enough for two numbers of 20 digits and the words beside them.
constexpr int progress_columns = 60;

void print_finding(const Finding& finding, std::string_view title) {
  fmt::print("\n{}\n{}\n{}", title, describe(finding.scenario), timeline(finding.log));
  for (const Violation& violation : finding.violations) {
    fmt::print("  VIOLATED {} at {}.{:03} s: {}\n", violation.promise, violation.at_ms / 1000,
               violation.at_ms % 1000, violation.what);
  }
}

Json json_of(const Finding& finding) {
  Json violations = Json::array();
  for (const Violation& violation : finding.violations) {
    violations.push_back(
        {{"promise", violation.promise}, {"what", violation.what}, {"at_ms", violation.at_ms}});
  }
  return {{"seed", finding.scenario.seed},
          {"scenario", describe(finding.scenario)},
          {"violations", std::move(violations)},
          {"timeline", timeline(finding.log)}};
}

Json json_of(const CampaignResult& result, const SimulateOptions& options) {
  const Totals& totals = result.totals;
  Json strikes = Json::object();
  for (std::size_t i = 0; i < faults_count; ++i) {
    strikes[std::string(name_of(static_cast<Fault>(i)))] = totals.strikes_of[i];
  }
  Json orders = Json::object();
  for (std::size_t i = 0; i < orders_count; ++i) {
    Json met = Json::object();
    for (std::uint8_t state = 0; state < row_states_count; ++state) {
      met[std::string(name_of_state(state))] = totals.orders[i][state];
    }
    orders[std::string(name_of(static_cast<Order>(i)))] = std::move(met);
  }
  return {{"engine", options.engine},
          {"first_seed", options.seed},
          {"schedules", totals.schedules},
          {"run_twice", totals.run_twice},
          {"deliveries", totals.deliveries},
          {"forwards", totals.forwards},
          {"happenings", totals.happenings},
          {"observed", totals.observed},
          {"denied", totals.denied},
          {"copies", totals.copies},
          {"refused_copies", totals.refused_copies},
          {"limited_copies", totals.limited_copies},
          {"carried", totals.carried},
          {"handed_back", totals.handed_back},
          {"carries_lost", totals.carries_lost},
          {"with_operator", totals.with_operator},
          {"orders", std::move(orders)},
          {"strikes", std::move(strikes)},
          {"seconds", result.seconds},
          {"schedules_per_second", static_cast<double>(totals.schedules) / result.seconds},
          {"failure", result.failure.has_value() ? json_of(*result.failure) : Json(nullptr)}};
}

bool write_report(const Json& report, const std::string& where) {
  const std::string text = report.dump(2) + '\n';
  if (where == "-") {
    fmt::print("{}", text);
    return true;
  }
  std::ofstream file(where, std::ios::binary | std::ios::trunc);
  file << text;
  return file.flush().good();
}

void print_totals(const CampaignResult& result) {
  const Totals& totals = result.totals;
  fmt::print("{} schedules, {} of them run twice: {} deliveries, {} forwards, {} faults\n",
             totals.schedules, totals.run_twice, totals.deliveries, totals.forwards,
             totals.strikes);
  fmt::print("note: an operator acts in {} of them; {} forwards are only observed, {} denied\n",
             totals.with_operator, totals.observed, totals.denied);
  fmt::print("note: {} copies of a content are let in, {} refused, {} told to come again\n",
             totals.copies, totals.refused_copies, totals.limited_copies);
  fmt::print("note: the object takes {} deliveries and hands {} back; of {} calls nobody knows\n",
             totals.carried, totals.handed_back, totals.carries_lost);
  fmt::print("note: {} schedules in {:.1f} s, {:.0f} per second\n", totals.schedules,
             result.seconds, static_cast<double>(totals.schedules) / result.seconds);
}

/// On a terminal one line that stays in its place, until `wipe_progress`.
std::function<void(std::uint64_t)> make_progress(std::uint64_t count) {
  if (isatty(STDERR_FILENO) == 0) {
    return {};
  }
  return [count, last = std::chrono::steady_clock::now()](std::uint64_t done) mutable {
    const auto now = std::chrono::steady_clock::now();
    if (now - last >= std::chrono::seconds(1)) {
      last = now;
      fmt::print(stderr, "\r{} of {} schedules ", done, count);
    }
  };
}

/// Makes room for what is printed next.
void wipe_progress() {
  if (isatty(STDERR_FILENO) != 0) {
    fmt::print(stderr, "\r{:{}}\r", "", progress_columns);
    std::fflush(stderr);
  }
}

MakeEngine maker_of(const std::string& engine) {
  return engine == "wasm" ? make_wasm_engine : make_native_engine;
}

void show_timelines(const SimulateOptions& options) {
  GateModel gate(maker_of(options.engine));
  for (std::uint64_t seed = options.seed; seed < options.seed + options.count; ++seed) {
    print_finding(run_schedule(gate, make_scenario(seed)), "schedule");
  }
}

void show_failure(const SimulateOptions& options, CampaignResult& result) {
  Finding& failure = *result.failure;
  print_finding(failure, fmt::format("FAILED: seed {}", failure.scenario.seed));
  GateModel gate(maker_of(options.engine));
  const Finding small = shrink(gate, failure);
  print_finding(small, "the same with all left out that it can do without:");
  fmt::print("\nreplay it with: postern simulate --seed {} --count 1 --timeline{}\n",
             failure.scenario.seed, options.engine == "wasm" ? " --engine wasm" : "");
}

}  // namespace

int run_simulate(const SimulateOptions& options, Show show) {
  if (options.count == 0) {
    fmt::print(stderr, "--count 0 would prove nothing.\n");
    return exit_usage;
  }
  if (show == Show::timelines && options.count > timelines_max) {
    fmt::print(stderr, "--timeline is for {} seeds at most.\n", timelines_max);
    return exit_usage;
  }
  if (show == Show::timelines) {
    show_timelines(options);
  }
  const unsigned processors = std::max(1U, std::thread::hardware_concurrency());
  CampaignResult result = run_campaign({.first_seed = options.seed,
                                        .count = options.count,
                                        .jobs = options.jobs == 0 ? processors : options.jobs,
                                        .make_engine = maker_of(options.engine),
                                        .progress = make_progress(options.count)});
  wipe_progress();
  if (result.failure.has_value()) {
    show_failure(options, result);
  }
  print_totals(result);
  if (!options.report.empty() && !write_report(json_of(result, options), options.report)) {
    fmt::print(stderr, "{} cannot be written.\n", options.report);
    return exit_unreadable;
  }
  // Another runner's form, so that whoever counts cases can count these.
  const std::uint64_t failed = result.failure.has_value() ? 1 : 0;
  fmt::print("{} passed, {} failed\n", result.totals.schedules - failed, failed);
  return failed == 0 ? exit_ok : exit_expectation_failed;
}

int run_exhaustive(const ExhaustiveOptions& options) {
  int failed = 0;
  int passed = 0;
  for (const auto& [name, scope] :
       {std::pair("steady", Scope::steady), std::pair("restarts", Scope::store_restarts),
        std::pair("pauses", Scope::owners_pause), std::pair("queue", Scope::queue),
        std::pair("operators", Scope::operators)}) {
    const bool is_chosen =
        options.scope == name || (options.scope == "proxy" && scope < Scope::queue);
    if (!is_chosen) {
      continue;
    }
    const ExploreResult result =
        explore({.deliveries = static_cast<std::uint8_t>(options.deliveries),
                 .faults = static_cast<std::uint8_t>(options.faults),
                 .scope = scope,
                 .make_engine = maker_of(options.engine)});
    fmt::print(
        "note: {} deliveries, {} faults, {}: {} states, {} transitions, {} ends in {:.1f} s\n",
        options.deliveries, options.faults, name, result.states, result.transitions, result.ends,
        result.seconds);
    (result.violation.empty() ? passed : failed) += 1;
    if (!result.violation.empty()) {
      fmt::print("VIOLATED {}\n", result.violation);
      for (const std::string& step : result.way) {
        fmt::print("  {}\n", step);
      }
    }
  }
  if (passed + failed == 0) {
    fmt::print(stderr,
               "--scope is steady, restarts, pauses, proxy (these three), queue or operators.\n");
    return exit_usage;
  }
  fmt::print("{} passed, {} failed\n", passed, failed);
  return failed == 0 ? exit_ok : exit_expectation_failed;
}

void register_simulate(CommandLine& line) {
  Command& command =
      line.add("simulate", Group::proof, "Run the gate in a simulated world that breaks");
  auto options = std::make_shared<SimulateOptions>();
  auto timelines = std::make_shared<bool>(false);
  auto exhaustive = std::make_shared<bool>(false);
  auto small = std::make_shared<ExhaustiveOptions>();
  command.number("--seed", "The first schedule's seed", options->seed);
  command.number("--count", "Schedules, one per seed from the first on", options->count);
  command.number("--jobs", "Threads; 0 is one per processor", options->jobs, 0U, jobs_max);
  const std::vector<std::string> engines = {"native", "wasm"};
  command
      .choice("--engine", "native (the core) or wasm (the shipped bytes)", engines,
              [options, engines](std::size_t one) { options->engine = engines[one]; })
      .preset = options->engine;
  command.flag("--timeline", "Show what happens in each schedule", *timelines);
  command.text("--report", "FILE", "Write a JSON report (- is standard output)", options->report);
  command.flag("--exhaustive", "Every interleaving of one event's deliveries", *exhaustive);
  command.number("--deliveries", "With --exhaustive: how many, up to 4", small->deliveries, 1U,
                 unsigned{deliveries_max});
  command.number("--faults", "With --exhaustive: how many at most", small->faults, 0U, faults_most);
  const std::vector<std::string> scopes = {"steady", "restarts", "pauses",
                                           "proxy",  "queue",    "operators"};
  command
      .choice(
          "--scope",
          "With --exhaustive: steady, restarts, pauses, proxy (these three), queue or operators",
          scopes, [small, scopes](std::size_t one) { small->scope = scopes[one]; })
      .preset = small->scope;
  for (const char* of_schedules : {"--seed", "--count", "--jobs", "--timeline", "--report"}) {
    command.excludes(of_schedules, "--exhaustive");
  }
  for (const char* of_all : {"--deliveries", "--faults", "--scope"}) {
    command.needs(of_all, "--exhaustive");
  }
  command.example("postern simulate --count 1000000");
  command.example("postern simulate --seed 4711 --count 1 --timeline");
  command.example("postern simulate --exhaustive --deliveries 3 --faults 3");
  command.note(
      "Every schedule is laid down by its seed: senders, attackers, a set of faults, and when they "
      "strike. A failing one is shown as a timeline, and shrunk. See docs/SIMULATION.md.");
  command.note(
      "Ends with 0: every promise held, 1: one was broken, 2: usage, 5: a defect of postern.");
  command.run([options, timelines, exhaustive, small] {
    if (*exhaustive) {
      small->engine = options->engine;
      return run_exhaustive(*small);
    }
    return run_simulate(*options, *timelines ? Show::timelines : Show::failures);
  });
}

}  // namespace postern::harness
