#include "compiler/catalogue.h"

#include <system_error>

#include "compiler/read_file.h"
#include "compiler/toml_text.h"

namespace postern::harness {

namespace fs = std::filesystem;

Catalogue Catalogue::embedded() {
  Catalogue catalogue;
  for (const ProviderText& provider : embedded_providers()) {
    catalogue.entries_[std::string(provider.slug)] = {
        .file = "wasm/providers/" + std::string(provider.slug) + ".toml",
        .text = std::string(provider.text),
        .model = nullptr,
        .is_broken = false};
  }
  return catalogue;
}

Catalogue Catalogue::in_folder(const fs::path& folder, Report& report) {
  Catalogue catalogue;
  std::error_code fault;
  for (const fs::directory_entry& file : fs::directory_iterator(folder, fault)) {
    if (file.path().extension() != ".toml") {
      continue;
    }
    auto [text, why] = read_whole(file.path().string(), file_bytes_max);
    if (!text.has_value()) {
      report.file_error(file.path().string(), "unreadable", "this provider file cannot be read",
                        why);
      continue;
    }
    catalogue.entries_[file.path().stem().string()] = {.file = file.path().string(),
                                                       .text = std::move(*text),
                                                       .model = nullptr,
                                                       .is_broken = false};
  }
  if (fault) {
    report.file_error(folder.string(), "unreadable", "this folder of providers cannot be read",
                      fault.message());
  }
  return catalogue;
}

const SchemeModel* Catalogue::find(std::string_view slug, Report& report) {
  const auto found = entries_.find(slug);
  if (found == entries_.end() || found->second.is_broken) {
    return nullptr;
  }
  Entry& entry = found->second;
  if (entry.model != nullptr) {
    return entry.model.get();
  }
  report.add_text(entry.file, entry.text);
  const std::size_t errors_before = report.errors();
  try {
    const toml::table table = parse_toml(entry.text, entry.file);
    entry.model = std::make_unique<SchemeModel>(
        read_scheme(table, SchemeUse::catalogue, std::string(slug), *storage_, report));
    for (const toml::source_region& place : entry.model->unsigned_identities) {
      report.error(place, "unsigned-identity", "the identity is not covered by the signature",
                   "take a signed header or body field, or \"content\"");
    }
    for (const UnsignedValue& value : entry.model->unsigned_values) {
      report.error(value.place, value.code, std::string(value.message), "take a signed value");
    }
  } catch (const toml::parse_error& fault) {
    report.syntax_error(fault);
  }
  if (report.errors() != errors_before) {
    entry.model.reset();
    entry.is_broken = true;
    return nullptr;
  }
  return entry.model.get();
}

std::shared_ptr<const toml::table> Catalogue::table_of(std::string_view slug) const {
  const auto found = entries_.find(slug);
  if (found == entries_.end()) {
    return nullptr;
  }
  try {
    return std::make_shared<const toml::table>(parse_toml(found->second.text, found->second.file));
  } catch (const toml::parse_error&) {
    return nullptr;
  }
}

std::vector<std::string> Catalogue::slugs() const {
  std::vector<std::string> slugs;
  for (const auto& [slug, entry] : entries_) {
    slugs.push_back(slug);
  }
  return slugs;
}

}  // namespace postern::harness
