#include "compiler/commands/provider_search.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace postern::compiler {
namespace {

/// How well a name answers to what was looked for, the best first.
enum class Match : std::uint8_t { whole, beginning, part, none };

/// Letters in lower case and digits: "Dropbox Sign", "dropbox-sign" and "DropboxSign" are one.
std::string folded(std::string_view text) {
  std::string letters;
  for (const char character : text) {
    if (character >= 'A' && character <= 'Z') {
      letters += static_cast<char>(character - 'A' + 'a');
    } else if ((character >= 'a' && character <= 'z') || (character >= '0' && character <= '9')) {
      letters += character;
    }
  }
  return letters;
}

Match match_of(std::string_view wanted, std::string_view name) {
  const std::string letters = folded(name);
  const std::size_t at = wanted.empty() ? std::string::npos : letters.find(wanted);
  return at == std::string::npos           ? Match::none
         : letters.size() == wanted.size() ? Match::whole
         : at == 0                         ? Match::beginning
                                           : Match::part;
}

struct Ranked {
  Match match = Match::none;
  FoundProvider found;
};

/// Its own names first: an alias counts where they do not answer as well.
Ranked rank(const SchemeModel& model, std::string_view wanted) {
  Ranked ranked{.match = std::min(match_of(wanted, model.slug), match_of(wanted, model.name)),
                .found = {.model = &model, .by = ""}};
  for (const PlacedText& alias : model.aliases) {
    if (const Match match = match_of(wanted, alias.text); match < ranked.match) {
      ranked.match = match;
      ranked.found.by = fmt::format("also called {}", alias.text);
    }
  }
  return ranked;
}

}  // namespace

std::vector<FoundProvider> search_providers(std::string_view text, Catalogue& catalogue,
                                            Report& report) {
  const std::string wanted = folded(text);
  std::vector<Ranked> all;
  for (const std::string& slug : catalogue.slugs()) {
    const SchemeModel* model = catalogue.find(slug, report);
    if (model == nullptr) {
      continue;
    }
    if (text.empty()) {
      all.push_back({.match = Match::part, .found = {.model = model, .by = ""}});
    } else if (Ranked ranked = rank(*model, wanted); ranked.match != Match::none) {
      all.push_back(std::move(ranked));
    }
  }
  std::ranges::stable_sort(all, {}, &Ranked::match);
  const bool is_one = all.size() > 1 && all[0].match == Match::whole && all[1].match > Match::whole;
  std::vector<FoundProvider> found;
  for (Ranked& ranked : all) {
    found.push_back(std::move(ranked.found));
    if (is_one) {
      break;
    }
  }
  return found;
}

void report_taken_names(Catalogue& catalogue, Report& report) {
  std::map<std::string_view, std::string_view> owners;
  const std::vector<std::string> slugs = catalogue.slugs();
  for (const std::string& slug : slugs) {
    owners[slug] = slug;
  }
  Report told;  // Files with errors have been reported.
  for (const std::string& slug : slugs) {
    const SchemeModel* model = catalogue.find(slug, told);
    for (const PlacedText& alias : model == nullptr ? std::vector<PlacedText>{} : model->aliases) {
      const auto known = owners.find(alias.text);
      if (known != owners.end()) {
        report.error(
            alias.place, "alias-taken",
            fmt::format("`{}` is a name of the provider \"{}\" too", alias.text, known->second),
            "what is looked up has one owner: leave it out in one of the two");
      }
    }
    if (model != nullptr) {
      for (const PlacedText& alias : model->aliases) {
        owners.emplace(alias.text, slug);
      }
    }
  }
}

}  // namespace postern::compiler
