#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "compiler/catalogue.h"
#include "compiler/host_needs.h"

// What `postern init` writes, as texts.

namespace postern::harness {

/// `policy_text` is a postern.toml with a source for each of `providers`, which `postern lint` has
/// nothing to say about: what a provider's file makes it warn of is decided, and a comment says
/// how.
[[nodiscard]] std::string policy_text(const std::vector<const compiler::SchemeModel*>& providers);

/// `wrangler_text` is the Worker's configuration for a policy that needs `needs`: the sample's,
/// with this policy's names.
[[nodiscard]] std::string wrangler_text(const compiler::HostNeeds& needs);

/// `environment_text` is a file of values for that policy, to be filled in.
[[nodiscard]] std::string environment_text(const compiler::HostNeeds& needs,
                                           compiler::Catalogue& catalogue);

/// `wrangler_sample` is the wrangler.toml of the repository without its list of secrets. The
/// definition is generated: see cmake/embed_wrangler.cmake.
[[nodiscard]] std::string_view wrangler_sample();

}  // namespace postern::harness
