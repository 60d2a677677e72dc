#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/catalogue.h"
#include "compiler/commands/command_output.h"
#include "compiler/host_limits.h"

// `postern init`, between the provider files and the files that it writes.

namespace postern::compiler {

struct NewFile {
  std::string name;
  std::string text;
};

/// What is to be written, or why nothing is.
struct NewFiles {
  std::vector<NewFile> files;
  std::size_t values = 0;
  std::optional<CommandOutput> refusal;
};

/// `make_files` makes a policy for the providers of those names, and what its Worker needs.
/// `sample` is the repository's wrangler.toml without its list of secrets.
[[nodiscard]] NewFiles make_files(const std::vector<std::string>& names, std::string_view sample,
                                  const HostLimits& host, Catalogue& catalogue, Report& report,
                                  Colour colour);

/// `files_text` shows the texts one behind the other.
[[nodiscard]] std::string files_text(const NewFiles& made);

/// `written_text` names `files`, where they were written, and counts sources and values.
[[nodiscard]] std::string written_text(const NewFiles& made, const std::vector<std::string>& files,
                                       std::size_t sources);

}  // namespace postern::compiler
