#include "compiler/catalogue.h"

#include <utility>

#include "compiler/toml_text.h"

namespace postern::compiler {

void Catalogue::add(std::string slug, std::string file, std::string text) {
  entries_[std::move(slug)] = {
      .file = std::move(file), .text = std::move(text), .model = nullptr, .is_broken = false};
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
  const std::size_t errors_before = report.errors();
  if (const auto table = read_toml(entry.text, entry.file, report); table.has_value()) {
    entry.model = std::make_unique<SchemeModel>(
        read_scheme(*table, SchemeUse::catalogue, std::string(slug), *storage_, report));
    for (const toml::source_region& place : entry.model->unsigned_identities) {
      report.error(place, "unsigned-identity", "the identity is not covered by the signature",
                   "take a signed header or body field, or \"content\"");
    }
    for (const UnsignedValue& value : entry.model->unsigned_values) {
      report.error(value.place, value.code, std::string(value.message), "take a signed value");
    }
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
  auto table = parse_toml(found->second.text, found->second.file);
  return table.has_value() ? std::make_shared<const toml::table>(std::move(*table)) : nullptr;
}

std::vector<std::string> Catalogue::slugs() const {
  std::vector<std::string> slugs;
  for (const auto& [slug, entry] : entries_) {
    slugs.push_back(slug);
  }
  return slugs;
}

}  // namespace postern::compiler
