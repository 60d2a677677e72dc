#pragma once

#include <optional>
#include <string>
#include <vector>

#include "compiler/catalogue.h"
#include "compiler/diagnostics.h"
#include "harness/fixture/compiled_case.h"
#include "harness/host/files.h"

namespace postern::harness {

/// A derived case that the scheme does not have.
struct UnderivedCase {
  std::string group;
  std::string name;
  std::string why_not;
};

/// What is replayed, and what might have been: in the order of the files, what is derived from one
/// behind it.
struct ReplayCases {
  std::vector<CompiledCase> cases;
  std::vector<UnderivedCase> underived;
  /// Patterns that name nothing.
  std::vector<std::string> unmatched;
};

/// `read_replay_cases` reads what `patterns` name: files, folders (all below them, with what is
/// derived from it), globs, and derived cases as if `FOLDER/derived/NAME` were files. Of those,
/// the ones whose path holds `filter`. Nothing when the report has an error.
[[nodiscard]] std::optional<ReplayCases> read_replay_cases(const Files& files,
                                                           const std::vector<std::string>& patterns,
                                                           const std::string& filter,
                                                           compiler::Catalogue& catalogue,
                                                           compiler::Report& report);

}  // namespace postern::harness
