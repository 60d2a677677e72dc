#pragma once

#include <string>
#include <vector>

#include "harness/fixture/run_case.h"

namespace postern::harness {

/// `write_plan` writes what the edge's conformance test plays again: every delivery as bytes, the
/// world around it, and the trace that must come out. Deliveries sent at once are one step with all
/// their copies. Throws `std::runtime_error` when the file cannot be written.
void write_plan(const std::string& file, const std::vector<CompiledCase>& cases,
                const std::vector<CaseRun>& runs);

}  // namespace postern::harness
