#include "harness/portable/replay_cases.h"

#include <fnmatch.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include "harness/derive/derive_cases.h"
#include "harness/fixture/read_fixture.h"
#include "harness/fixture/select.h"
#include "harness/host/path_text.h"

namespace postern::harness {
namespace {

/// As `FOLDER/derived/NAME` has it.
constexpr std::string_view derived_part = "/derived";

/// What one pattern names.
struct Pattern {
  std::string text;
  /// Files that it names, or that the derived cases which it names come from.
  std::set<std::string> files;
  /// Whether it names derived cases only.
  bool is_derived = false;
  /// Whether it is a file's own name, and no folder's or glob.
  bool is_file = false;
  bool has_matched = false;
};

/// Where a pattern goes on with `/derived`; nothing for a file or folder of that name.
std::size_t derived_at(const Files& files, const std::string& text) {
  const std::size_t at = text.rfind(derived_part);
  const bool is_part = at != std::string::npos && (at + derived_part.size() == text.size() ||
                                                   text[at + derived_part.size()] == '/');
  return is_part && files.kind_of(text) == FileKind::none ? at : std::string::npos;
}

Pattern pattern_of(const Files& files, std::string text, compiler::Report& report) {
  while (text.size() > 1 && text.ends_with('/')) {
    text.pop_back();
  }
  const std::size_t at = derived_at(files, text);
  const Selection named = select_fixtures(files, {text.substr(0, at)}, "");
  for (const std::string& folder : named.unreadable) {
    report.file_error(folder, "unreadable", "cannot read this folder", "");
  }
  return {.text = text,
          .files = {named.files.begin(), named.files.end()},
          .is_derived = at != std::string::npos,
          .is_file = files.kind_of(text) == FileKind::file,
          .has_matched = false};
}

/// A selection of cases by their paths.
class Wanted {
 public:
  Wanted(const Files& files, const std::vector<std::string>& texts, std::string filter,
         compiler::Report& report)
      : filter_(std::move(filter)) {
    for (const std::string& text : texts) {
      patterns_.push_back(pattern_of(files, text, report));
    }
  }

  /// All that may have to be read, sorted.
  [[nodiscard]] std::set<std::string> files() const {
    std::set<std::string> files;
    for (const Pattern& pattern : patterns_) {
      files.insert(pattern.files.begin(), pattern.files.end());
    }
    return files;
  }

  [[nodiscard]] bool has_file(const std::string& file) {
    bool is_named = false;
    for (Pattern& pattern : patterns_) {
      const bool names = !pattern.is_derived && pattern.files.contains(file);
      pattern.has_matched = pattern.has_matched || names;
      is_named = is_named || names;
    }
    return is_named && file.contains(filter_);
  }

  /// A case derived from `file`: it belongs to the file's folder, not to the file alone.
  [[nodiscard]] bool has_derived(const std::string& file, const std::string& name) {
    const std::string path = normal_path(joined_path(folder_of(file), name));
    bool is_named = false;
    for (Pattern& pattern : patterns_) {
      const bool names = pattern.is_derived
                             ? pattern.files.contains(file) && matches(pattern.text, path)
                             : pattern.files.contains(file) && !is_name_of(pattern, file);
      pattern.has_matched = pattern.has_matched || names;
      is_named = is_named || names;
    }
    return is_named && path.contains(filter_);
  }

  [[nodiscard]] std::vector<std::string> unmatched() const {
    std::vector<std::string> texts;
    for (const Pattern& pattern : patterns_) {
      if (!pattern.has_matched) {
        texts.push_back(pattern.text);
      }
    }
    return texts;
  }

 private:
  /// Whether the pattern is about the file itself, and not about a folder that it stands in.
  static bool is_name_of(const Pattern& pattern, const std::string& file) {
    return pattern.is_file ||
           fnmatch(normal_path(pattern.text).c_str(), file.c_str(), FNM_PATHNAME) == 0;
  }

  /// `FOLDERS/derived`, with or without a glob of names behind it.
  static bool matches(const std::string& pattern, const std::string& path) {
    const bool is_whole_folder = pattern.ends_with(derived_part);
    const std::string glob = is_whole_folder ? pattern + "/*" : pattern;
    return fnmatch(normal_path(glob).c_str(), path.c_str(), FNM_PATHNAME) == 0;
  }

  std::vector<Pattern> patterns_;
  std::string filter_;
};

void add_derived(const CompiledCase& genuine, const std::string& file, Wanted& wanted,
                 compiler::Catalogue& catalogue, ReplayCases& cases, compiler::Report& report) {
  for (DerivedCase& one : derive_cases(genuine, catalogue, report)) {
    if (!wanted.has_derived(file, one.name)) {
      continue;
    }
    if (one.compiled.has_value()) {
      cases.cases.push_back(std::move(*one.compiled));
    } else {
      cases.underived.push_back({genuine.fixture.group, one.name, one.why_not});
    }
  }
}

void add_file(const Files& files, const std::string& file, Wanted& wanted,
              compiler::Catalogue& catalogue, ReplayCases& cases, compiler::Report& report) {
  const bool is_wanted = wanted.has_file(file);
  // A file that is read for what is derived from it alone may have mistakes of its own.
  compiler::Report unheard;
  std::optional<Fixture> fixture = read_fixture(files, file, is_wanted ? report : unheard);
  if (!fixture.has_value() || (!is_wanted && !fixture->genuine.has_value())) {
    return;
  }
  const bool is_genuine = fixture->genuine.has_value();
  std::optional<CompiledCase> compiled = compile_case(std::move(*fixture), catalogue, report);
  if (!compiled.has_value()) {
    return;
  }
  ReplayCases derived;
  if (is_genuine) {
    add_derived(*compiled, file, wanted, catalogue, derived, report);
  }
  if (is_wanted) {
    cases.cases.push_back(std::move(*compiled));
  }
  std::ranges::move(derived.cases, std::back_inserter(cases.cases));
  std::ranges::move(derived.underived, std::back_inserter(cases.underived));
}

}  // namespace

std::optional<ReplayCases> read_replay_cases(const Files& files,
                                             const std::vector<std::string>& patterns,
                                             const std::string& filter,
                                             compiler::Catalogue& catalogue,
                                             compiler::Report& report) {
  Wanted wanted(files, patterns, filter, report);
  ReplayCases cases;
  for (const std::string& file : wanted.files()) {
    add_file(files, file, wanted, catalogue, cases, report);
  }
  cases.unmatched = wanted.unmatched();
  return report.errors() > 0 ? std::nullopt : std::optional(std::move(cases));
}

}  // namespace postern::harness
