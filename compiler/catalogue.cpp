#include "compiler/catalogue.h"

#include <utility>

#include "compiler/toml_text.h"

namespace postern::compiler {

void Catalogue::add(std::string slug, std::string file, std::string text) {
  entries_[std::move(slug)] = {
      .file = std::move(file), .text = std::move(text), .scheme = nullptr, .is_broken = false};
}

const SchemeModel* Catalogue::find(std::string_view slug, Report& report) {
  const auto scheme = kept(slug, report);
  return scheme == nullptr ? nullptr : &scheme->model;
}

std::shared_ptr<const scheme::Scheme> Catalogue::scheme_of(std::string_view slug, Report& report) {
  const auto scheme = kept(slug, report);
  return scheme == nullptr ? nullptr : share_scheme(scheme);
}

std::shared_ptr<const KeptScheme> Catalogue::kept(std::string_view slug, Report& report) {
  const auto found = entries_.find(slug);
  if (found == entries_.end() || found->second.is_broken) {
    return nullptr;
  }
  Entry& entry = found->second;
  if (entry.scheme != nullptr) {
    return entry.scheme;
  }
  const std::size_t errors_before = report.errors();
  auto read = std::make_shared<KeptScheme>();
  if (const auto table = read_toml(entry.text, entry.file, report); table.has_value()) {
    read->model =
        read_scheme(*table, SchemeUse::catalogue, std::string(slug), read->storage, report);
    for (const toml::source_region& place : read->model.unsigned_identities) {
      report.error(place, "unsigned-identity", "the identity is not covered by the signature",
                   "take a signed header or body field, or \"content\"");
    }
    for (const UnsignedValue& value : read->model.unsigned_values) {
      report.error(value.place, value.code, std::string(value.message), "take a signed value");
    }
  }
  entry.is_broken = report.errors() != errors_before;
  if (!entry.is_broken) {
    entry.scheme = std::move(read);
  }
  return entry.scheme;
}

std::vector<std::string> Catalogue::slugs() const {
  std::vector<std::string> slugs;
  for (const auto& [slug, entry] : entries_) {
    slugs.push_back(slug);
  }
  return slugs;
}

}  // namespace postern::compiler
