#include "harness/commands/replay.h"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <expected>
#include <fstream>
#include <memory>
#include <thread>
#include <utility>

#include "harness/commands/policy_files.h"
#include "harness/commands/replay_plan.h"
#include "harness/host/disk_files.h"
#include "harness/host/gate_log.h"
#include "harness/host/http_client.h"
#include "harness/host/read_file.h"
#include "harness/portable/gate_replay.h"

namespace postern::harness {
namespace {

double steady_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

std::unique_ptr<Engine> make_engine(const std::string& name) {
  return name == "wasm" ? make_wasm_engine() : make_native_engine();
}

/// The machine that this runs on.
class Surroundings final : public Outside {
 public:
  void follow(const std::string& log) override { log_.emplace(log); }

  HttpResponse send(const HttpRequest& request) const override { return send_http(request); }

  std::optional<std::string> record_of(const HttpResponse& answer) const override {
    return log_->record_of(answer, record_wait_ms);
  }

  std::int64_t now_ms() const override {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
  }

  void pause(std::uint32_t milliseconds) const override {
    std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
  }

  void unreachable(const std::string& words) const override { throw Unreachable(words); }
  void unreadable(const std::string& words) const override { throw GateFilesUnreadable(words); }

 private:
  std::optional<GateLog> log_;
};

std::expected<std::string, std::string> read_gate_file(const std::string& name) {
  auto [text, why] = read_whole(name, file_bytes_max);
  return text.has_value() ? std::expected<std::string, std::string>(std::move(*text))
                          : std::unexpected(std::move(why));
}

ReplayReport replay_there(const std::vector<CompiledCase>& cases, compiler::Catalogue& catalogue,
                          const ReplayOptions& options) {
  Surroundings outside;
  const RunningGate gate(session_of(options), read_gate_file, outside, catalogue);
  return replay_on_gate(cases, gate, make_native_engine, steady_seconds);
}

/// Each case on engines of its own.
void replay_on_engines(const std::vector<CompiledCase>& cases, const ReplayOptions& options,
                       ReplayReport& report) {
  const bool compares = options.comparison == Comparison::native_with_wasm;
  std::vector<CaseRun> runs;
  for (const CompiledCase& one : cases) {
    const std::unique_ptr<Engine> engine = make_engine(options.engine);
    const std::unique_ptr<Engine> other =
        compares ? make_engine(options.engine == "wasm" ? "native" : "wasm") : nullptr;
    report.cases.push_back(replay_case(one, *engine, other.get(), steady_seconds,
                                       options.plan.empty() ? nullptr : &runs));
  }
  if (!options.plan.empty()) {
    write_plan(options.plan, cases, runs);
  }
}

ReplayReport replay_all(const std::vector<CompiledCase>& cases, compiler::Catalogue& catalogue,
                        const ReplayOptions& options) {
  const double start = steady_seconds();
  ReplayReport report;
  if (names_running_gate(options)) {
    report = replay_there(cases, catalogue, options);
  } else {
    replay_on_engines(cases, options, report);
  }
  report.engine = options.comparison == Comparison::none ? options.engine : "native against wasm";
  report.seconds = steady_seconds() - start;
  return report;
}

/// The exit code: what was replayed, or that a report cannot be written.
int print_replay(const ReplayOutput& output) {
  const int exit_code = print_output(output.said);
  for (const auto& [file, text] : output.reports) {
    if (file == "-") {
      std::fwrite(text.data(), 1, text.size(), stdout);
      continue;
    }
    std::ofstream stream(file, std::ios::binary);
    stream << text;
    if (!stream.flush()) {
      fmt::print(stderr, "{}", unwritable_report(file));
      return exit_unreadable;
    }
  }
  return exit_code;
}

}  // namespace

int run_replay(const ReplayOptions& options, const std::string& providers) {
  if (const auto fault = replay_usage_fault(options, {"native", "wasm"})) {
    throw UsageError(*fault);
  }
  compiler::Report faults;
  compiler::Catalogue catalogue = open_catalogue(providers, faults);
  const ReplayTerminals terminals{.out = colour_for(STDOUT_FILENO),
                                  .err = colour_for(STDERR_FILENO),
                                  .columns = known_columns(STDOUT_FILENO)};
  try {
    return print_replay(replay(options, disk_files(), catalogue, faults, terminals,
                               [&](const std::vector<CompiledCase>& cases) {
                                 return replay_all(cases, catalogue, options);
                               }));
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
  options->engine = "native";
  auto providers = std::make_shared<std::string>();
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
  add_providers_option(command, *providers);
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
  command.run([options, providers, compare, table, list] {
    if (options->paths.empty()) {
      options->paths = {"fixtures"};
    }
    if (options->reports.empty()) {
      options->reports = {"text"};
    }
    options->comparison = *compare ? Comparison::native_with_wasm : Comparison::none;
    options->layout = *table ? ReplayLayout::table : ReplayLayout::lines;
    options->use = *list ? CasesUse::list : CasesUse::replay;
    return run_replay(*options, *providers);
  });
}

}  // namespace postern::harness
