#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "compiler/catalogue.h"
#include "compiler/host_needs.h"

// What `postern init` writes, as texts.

namespace postern::compiler {

/// `policy_text` is a postern.toml with a source for each of `providers`, which `postern lint` has
/// nothing to say about: what a provider's file makes it warn of is decided, and a comment says
/// how.
[[nodiscard]] std::string policy_text(const std::vector<const SchemeModel*>& providers);

/// `wrangler_text` is the Worker's configuration for a policy that needs `needs`: `sample`, which
/// is that of the repository without its list of secrets, with this policy's names.
[[nodiscard]] std::string wrangler_text(const HostNeeds& needs, std::string_view sample);

/// `environment_text` is a file of values for that policy, to be filled in.
[[nodiscard]] std::string environment_text(const HostNeeds& needs, Catalogue& catalogue);

}  // namespace postern::compiler
