#pragma once

#include <string>
#include <vector>

#include "compiler/commands/likely_senders.h"
#include "compiler/commands/provider_search.h"

// What `postern providers --json` prints: docs/RUNNING.md has the shapes.

namespace postern::compiler {

[[nodiscard]] std::string providers_json(const std::vector<FoundProvider>& found);

[[nodiscard]] std::string senders_json(const std::vector<LikelySender>& senders);

}  // namespace postern::compiler
