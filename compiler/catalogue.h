#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/read_file.h"
#include "compiler/scheme_reader.h"

namespace postern::harness {

/// A provider file as text.
struct ProviderText {
  std::string_view slug;
  std::string_view text;
};

/// `embedded_providers` gives `wasm/providers/*.toml` as they were when the command was built.
/// The definition is generated: see `embed_providers.cmake`.
[[nodiscard]] std::vector<ProviderText> embedded_providers();

/// The providers by slug. A file is read when it is first asked for, so a broken one hurts only
/// those who use it.
class Catalogue {
 public:
  /// `embedded` holds the providers that the command was built with.
  [[nodiscard]] static Catalogue embedded();
  /// `in_folder` holds `folder/*.toml`; reports a folder or file that cannot be read.
  [[nodiscard]] static Catalogue in_folder(const std::filesystem::path& folder, Report& report);

  /// `find` gives nothing for an unknown slug, and for a file with errors, which it reports.
  /// Borrows: from the catalogue.
  [[nodiscard]] const SchemeModel* find(std::string_view slug, Report& report);

  /// `table_of` is the file as it is written, for those who sign by it. Nothing for an unknown
  /// slug, and for a file that is no TOML; `find` says what is wrong with it.
  [[nodiscard]] std::shared_ptr<const toml::table> table_of(std::string_view slug) const;

  [[nodiscard]] bool has(std::string_view slug) const { return entries_.contains(slug); }
  [[nodiscard]] std::vector<std::string> slugs() const;

 private:
  struct Entry {
    std::string file;
    std::string text;
    std::unique_ptr<SchemeModel> model;
    bool is_broken = false;
  };

  std::map<std::string, Entry, std::less<>> entries_;
  std::unique_ptr<Storage> storage_ = std::make_unique<Storage>();
};

}  // namespace postern::harness
