#include "compiler/catalogue.h"

#include <fmt/format.h>

#include <utility>

#include "compiler/shared_scheme.h"
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
  auto made = std::make_shared<KeptScheme>();
  if (auto table = read_toml(entry.text, entry.file, report); table.has_value()) {
    read(slug, *table, *made, report);
  }
  entry.is_broken = report.errors() != errors_before;
  if (!entry.is_broken) {
    entry.scheme = std::move(made);
  }
  return entry.scheme;
}

void Catalogue::read(std::string_view slug, toml::table& table, KeptScheme& into, Report& report) {
  if (table.contains("scheme") && !complete(slug, table, report)) {
    return;
  }
  into.model = read_scheme(table, SchemeUse::catalogue, std::string(slug), into.storage, report);
  for (const toml::source_region& place : into.model.unsigned_identities) {
    report.error(place, "unsigned-identity", "the identity is not covered by the signature",
                 "take a signed header or body field, or \"content\"");
  }
  for (const UnsignedValue& value : into.model.unsigned_values) {
    report.error(value.place, value.code, std::string(value.message), "take a signed value");
  }
}

bool Catalogue::complete(std::string_view slug, toml::table& table, Report& report) {
  TableReader reader(table, "a provider", report);
  const std::string name = reader.required_text("scheme", "the provider that it signs as");
  const auto found = entries_.find(name);
  if (name.empty()) {
    return false;
  }
  if (found == entries_.end()) {
    // By slugs alone: aliases stand in files, and those are being read here.
    const std::string guess = nearest(name, slugs());
    reader.error("scheme", "unknown-provider",
                 fmt::format("no provider \"{}\" in the catalogue", name),
                 guess.empty() ? "`postern providers` lists them"
                               : fmt::format("did you mean \"{}\"?", guess));
    return false;
  }
  auto base = parse_toml(found->second.text, found->second.file);
  if (base.has_value() && base->contains("scheme")) {
    reader.error("scheme", "chained-scheme",
                 name == slug ? "a sender cannot sign as itself"
                              : fmt::format("`{}` signs as another sender itself", name),
                 name == slug ? "the provider whose rules it signs by"
                              : "name the provider that says how it signs");
    return false;
  }
  if (kept(name, report) == nullptr) {
    reader.error("scheme", "broken-provider",
                 fmt::format("the catalogue's file of \"{}\" has errors", name), "");
    return false;
  }
  // Its lines are shown where what comes from it does not fit here.
  report.add_text(found->second.file, found->second.text);
  take_scheme(table, name, std::move(*base), report);
  return true;
}

std::string Catalogue::hint_at(std::string_view name) {
  const std::vector<std::string> names = slugs();
  std::map<std::string, std::string, std::less<>> owners;
  std::vector<std::string> aliases;
  Report unheard;
  for (const std::string& slug : names) {
    const SchemeModel* model = find(slug, unheard);
    for (const PlacedText& alias : model == nullptr ? std::vector<PlacedText>{} : model->aliases) {
      owners.emplace(alias.text, slug);
      aliases.push_back(alias.text);
    }
  }
  const bool is_alias = owners.contains(name);
  if (const std::string guess = nearest(name, names); !is_alias && !guess.empty()) {
    return fmt::format("did you mean \"{}\"?", guess);
  }
  const std::string meant = is_alias ? std::string(name) : nearest(name, aliases);
  return meant.empty() ? ""
                       : fmt::format("did you mean \"{}\", which is also called {}?",
                                     owners.find(meant)->second, meant);
}

std::vector<std::string> Catalogue::slugs() const {
  std::vector<std::string> slugs;
  for (const auto& [slug, entry] : entries_) {
    slugs.push_back(slug);
  }
  return slugs;
}

}  // namespace postern::compiler
