#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/scheme_reader.h"

namespace postern::compiler {

/// The providers by slug. Whoever makes one says what is in it: the compiler opens no files. A text
/// is read when it is first asked for, so a broken one hurts only those who use it.
class Catalogue {
 public:
  /// `add` adds a provider file, in place of an earlier one of the same slug; `file` names it in
  /// diagnostics.
  void add(std::string slug, std::string file, std::string text);

  /// `find` gives nothing for an unknown slug, and for a file with errors, which it reports.
  /// Borrows: from the catalogue.
  [[nodiscard]] const SchemeModel* find(std::string_view slug, Report& report);

  /// `scheme_of` gives the scheme in it, for those who sign by it; null where `find` gives nothing.
  /// It outlives the catalogue.
  [[nodiscard]] std::shared_ptr<const scheme::Scheme> scheme_of(std::string_view slug,
                                                                Report& report);

  [[nodiscard]] bool has(std::string_view slug) const { return entries_.contains(slug); }
  [[nodiscard]] std::vector<std::string> slugs() const;

  /// `hint_at` says who may be meant by a `name` that is no slug: whose alias it is, or which name
  /// is near. Empty where none is. Reads every file, and reports nothing.
  [[nodiscard]] std::string hint_at(std::string_view name);

 private:
  struct Entry {
    std::string file;
    std::string text;
    std::shared_ptr<const KeptScheme> scheme;
    bool is_broken = false;
  };

  /// Null for what `find` gives nothing for.
  [[nodiscard]] std::shared_ptr<const KeptScheme> kept(std::string_view slug, Report& report);
  /// Reads `table`, the file of `slug`, with the scheme that it takes from another file, if so.
  void read(std::string_view slug, toml::table& table, KeptScheme& into, Report& report);
  /// Completes `table` by the file of the provider that it names; says whether it could be.
  [[nodiscard]] bool complete(std::string_view slug, toml::table& table, Report& report);

  std::map<std::string, Entry, std::less<>> entries_;
};

}  // namespace postern::compiler
