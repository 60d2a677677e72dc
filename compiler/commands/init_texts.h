#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "compiler/catalogue.h"
#include "compiler/commands/init_source.h"
#include "compiler/host_needs.h"

// What `postern init` writes, as texts.

namespace postern::compiler {

/// `policy_text` is a postern.toml with a source for each of `providers`, which `postern lint` has
/// nothing to say about. That of a process of Node says what the object of `server_text` says.
[[nodiscard]] std::string policy_text(const std::vector<const SchemeModel*>& providers,
                                      InitPlace place);

/// `wrangler_text` is the Worker's configuration for a policy that needs `needs`: `sample`, which
/// is that of the repository without its list of secrets, with this policy's names, and without
/// queues where it needs none.
[[nodiscard]] std::string wrangler_text(const HostNeeds& needs, std::string_view sample);

/// `server_text` is a program for Node with a gate for `providers`, whose events a function takes.
[[nodiscard]] std::string server_text(const std::vector<const SchemeModel*>& providers);

/// `environment_text` is a file of values for that policy, to be filled in.
[[nodiscard]] std::string environment_text(const HostNeeds& needs, InitPlace place,
                                           Catalogue& catalogue);

/// `ignore_text` is a .gitignore that keeps values, and what is made here, out of a repository.
[[nodiscard]] std::string ignore_text();

/// `not_ignored` gives the lines of it that another .gitignore lacks.
[[nodiscard]] std::vector<std::string_view> not_ignored(std::string_view text);

}  // namespace postern::compiler
