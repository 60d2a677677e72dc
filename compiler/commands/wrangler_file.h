#pragma once

#include <string>
#include <string_view>

#include "compiler/host_needs.h"

// The Worker's configuration, as far as a policy needs something of it.

namespace postern::compiler {

/// `lint_wrangler` compares `needs` with the text of a wrangler.toml, wrangler.json or
/// wrangler.jsonc, told by `file`'s name: secrets that a deployment must not lack, counters,
/// queues, the ledger; of every environment for itself. What is not there is a warning.
void lint_wrangler(const HostNeeds& needs, std::string_view text, const std::string& file,
                   const HostLimits& host, Report& report);

}  // namespace postern::compiler
