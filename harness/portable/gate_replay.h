#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "harness/engine/engine.h"
#include "harness/fixture/compiled_case.h"
#include "harness/fixture/run_case.h"
#include "harness/host/running_gate.h"
#include "harness/portable/replay_run.h"
#include "harness/report/replay_report.h"
#include "harness/sender/recognize.h"

namespace postern::harness {

/// Replays fixtures over HTTP against a gate that runs somewhere in real time. What a fixture's
/// sender signed is signed afresh, with the gate's own secrets and the clock of now, keeping its
/// distance from the clock; what was forged is sent as it is. Each case gets events of its own, so
/// that the gate's ledger has not seen them. A case that needs a scripted clock, ledger or source
/// is skipped, and the report says why.
class GateReplay {
 public:
  /// Borrows the gate. By the engines it is known what has to come of a delivery.
  GateReplay(const RunningGate& gate, std::unique_ptr<Engine> (*make_engine)(), Clock clock);

  /// Does not come back where the gate does not answer.
  [[nodiscard]] CaseReport run(const CompiledCase& one);

 private:
  struct Sent;

  [[nodiscard]] std::optional<std::string> why_not(
      const CompiledCase& one, const CaseRun& native,
      const std::optional<RunningSource>& source) const;
  [[nodiscard]] Sent send_step(const CompiledCase& one, std::size_t step, const CaseRun& native,
                               const RunningSource& source, const std::string& mark);

  /// Waits until the origin has got `calls` requests, if there is one that counts them.
  void await_origin(std::size_t calls) const;

  [[nodiscard]] std::int64_t time_of(const Recognized& signer, const StepRun& run,
                                     const nlohmann::json& record);

  const RunningGate& gate_;
  std::unique_ptr<Engine> (*make_engine_)();
  Clock clock_;
  std::string run_mark_;
  /// Of the case at hand: when its signed times are, in real time.
  std::map<std::int64_t, std::int64_t> times_;
};

/// `replay_on_gate` takes each case there.
[[nodiscard]] ReplayReport replay_on_gate(const std::vector<CompiledCase>& cases,
                                          const RunningGate& gate,
                                          std::unique_ptr<Engine> (*make_engine)(), Clock clock);

}  // namespace postern::harness
