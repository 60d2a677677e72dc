#pragma once

#include <string>
#include <vector>

#include "compiler/catalogue.h"
#include "compiler/commands/http_text.h"

namespace postern::compiler {

/// A provider that a request could be from.
struct LikelySender {
  const SchemeModel* model = nullptr;
  /// How much speaks for it, for comparing only.
  int weight = 0;
  /// What speaks for it, and what is missing: places and forms, never values, which may be secret.
  std::vector<std::string> reasons;
};

/// `likely_senders` gives the providers whose signature, handshake or own headers `request` has,
/// the most likely first; of equals those who say themselves how they sign, then by slug. Nothing
/// is verified. Reports provider files with errors. Borrows: from the catalogue.
[[nodiscard]] std::vector<LikelySender> likely_senders(const WrittenRequest& request,
                                                       Catalogue& catalogue, Report& report);

}  // namespace postern::compiler
