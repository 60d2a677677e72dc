#pragma once

#include <string>
#include <vector>

#include "compiler/catalogue.h"
#include "compiler/commands/command_output.h"
#include "compiler/diagnostics.h"
#include "harness/host/files.h"

namespace postern::harness {

/// `shown_cases` is the cases of a replay as JSON, for other test runners than this one: a list of
/// what npm/types/testing.d.ts calls a fixture, its deliveries signed and changed as their sender
/// would send them. `report` has what was wrong with the catalogue.
[[nodiscard]] compiler::CommandOutput shown_cases(const Files& files,
                                                  const std::vector<std::string>& patterns,
                                                  const std::string& filter,
                                                  compiler::Catalogue& catalogue,
                                                  compiler::Report& report);

}  // namespace postern::harness
