#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "compiler/catalogue.h"

namespace postern::compiler {

/// A provider that a text leads to, and by what: empty where that is its slug or its name.
struct FoundProvider {
  const SchemeModel* model = nullptr;
  std::string by;
};

/// `search_providers` gives the providers that have `text` in their slug, name or an alias; letters
/// and digits count, capitals do not. One whose slug or alias it is alone is alone in the list.
/// Those that begin with it come first, then by slug. All for an empty text. Reports provider files
/// with errors. Borrows: from the catalogue.
[[nodiscard]] std::vector<FoundProvider> search_providers(std::string_view text,
                                                          Catalogue& catalogue, Report& report);

/// `report_taken_names` reports every alias that is another provider's slug or alias too.
void report_taken_names(Catalogue& catalogue, Report& report);

}  // namespace postern::compiler
