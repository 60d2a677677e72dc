#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/catalogue.h"
#include "compiler/commands/command_output.h"
#include "compiler/diagnostics.h"
#include "harness/engine/engine.h"
#include "harness/fixture/run_case.h"
#include "harness/host/files.h"
#include "harness/host/gate_sources.h"
#include "harness/report/replay_report.h"

// A replay from its options to what it says. Whoever runs it has the files, the engines and the
// clock, writes the reports and prints the rest.

namespace postern::harness {

enum class Comparison : std::uint8_t { none, native_with_wasm };
enum class ReplayLayout : std::uint8_t { lines, table };
enum class CasesUse : std::uint8_t { replay, list };

struct ReplayOptions {
  std::vector<std::string> paths;
  std::string filter;
  /// `native`, `wasm`, or the address of a running gate.
  std::string engine;
  /// `text`, `junit=FILE`, `json=FILE`, `tap=FILE`; FILE `-` is standard output.
  std::vector<std::string> reports;
  /// Where the plan for the edge's conformance test goes; empty for none.
  std::string plan;
  /// For a running gate: see `GateSession`.
  std::string settings;
  std::string policy;
  std::string origin;
  std::string records;
  Comparison comparison = Comparison::none;
  ReplayLayout layout = ReplayLayout::lines;
  CasesUse use = CasesUse::replay;
};

/// `session_of` is the running gate that the options name.
[[nodiscard]] GateSession session_of(const ReplayOptions& options);

/// `names_running_gate` says whether `--engine` is an address.
[[nodiscard]] bool names_running_gate(const ReplayOptions& options);

/// `replay_usage_fault` is what is wrong with options: an engine that is not among `engines`, and
/// what would be ignored. Nothing when they are sound.
[[nodiscard]] std::optional<std::string> replay_usage_fault(
    const ReplayOptions& options, const std::vector<std::string_view>& engines);

/// Seconds since some time that stays.
using Clock = double (*)();

/// `replay_case` takes a case through `engine`; with `other`, through both, whose traces must not
/// differ. `runs`, where it is not null, gets what came of it on the first.
[[nodiscard]] CaseReport replay_case(const CompiledCase& one, Engine& engine, Engine* other,
                                     Clock clock, std::vector<CaseRun>* runs);

/// How the streams show what is printed.
struct ReplayTerminals {
  compiler::Colour out = compiler::Colour::never;
  compiler::Colour err = compiler::Colour::never;
  /// Of standard output, where its width is known.
  std::optional<std::size_t> columns;
};

struct WrittenReport {
  std::string file;  // `-` is standard output.
  std::string text;
};

struct ReplayOutput {
  compiler::CommandOutput said;
  /// Behind it, in this order.
  std::vector<WrittenReport> reports;
};

/// `unwritable_report` says that a report could not be written.
[[nodiscard]] std::string unwritable_report(const std::string& file);

/// What plays the cases.
using PlayCases = std::function<ReplayReport(const std::vector<CompiledCase>&)>;

/// `replay` replays fixtures and what is derived from them, or lists them. `report` has what was
/// wrong with the catalogue.
[[nodiscard]] ReplayOutput replay(const ReplayOptions& options, const Files& files,
                                  compiler::Catalogue& catalogue, compiler::Report& report,
                                  const ReplayTerminals& terminals, const PlayCases& play);

}  // namespace postern::harness
