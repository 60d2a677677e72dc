#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/catalogue.h"
#include "compiler/commands/command_output.h"
#include "compiler/commands/init_source.h"
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

struct InitInput {
  std::vector<std::string> names;
  InitPlace place = InitPlace::worker;
  /// The repository's wrangler.toml without its list of secrets.
  std::string_view sample;
  /// The .gitignore that is there already.
  std::optional<std::string_view> gitignore;
};

/// `make_files` makes a policy for the providers of those names, and what its Worker needs, or a
/// program for Node. A .gitignore is made where there is none.
[[nodiscard]] NewFiles make_files(const InitInput& input, const HostLimits& host,
                                  Catalogue& catalogue, Report& report, Colour colour);

/// `files_text` shows the texts one behind the other.
[[nodiscard]] std::string files_text(const NewFiles& made);

/// `written_text` names `files`, where they were written, counts sources and values, and tells what
/// a .gitignore that stays as it is lacks.
[[nodiscard]] std::string written_text(const NewFiles& made, const std::vector<std::string>& files,
                                       const InitInput& input);

}  // namespace postern::compiler
