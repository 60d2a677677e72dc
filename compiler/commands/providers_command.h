#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "compiler/catalogue.h"
#include "compiler/commands/command_output.h"

// `postern providers`, between the provider files and what it prints.

namespace postern::compiler {

enum class ProvidersForm : std::uint8_t { text, json };

/// Which providers, and how they are shown.
struct ProvidersInput {
  /// A slug, whose page is shown, or what names are looked for by; empty for all.
  std::string name;
  /// A word of the grammar; empty for any.
  std::string algorithm;
  bool is_signed = false;      // Only those whose signatures cover the whole body.
  bool has_challenge = false;  // Only those that probe an address.
  ProvidersForm form = ProvidersForm::text;
  /// A request whose sender is looked for. Then nothing above but the form is looked at.
  std::optional<GivenFile> request;
};

/// `providers_output` shows the catalogue, one provider, those that are looked for, or those that a
/// request could be from. What was reported before, such as a file that cannot be read, is all that
/// is shown then.
///
/// Ends with `expectation_failed` where a request could be from nobody; with `usage` for a name
/// that nobody has, an algorithm that there is not, and a request that is none.
[[nodiscard]] CommandOutput providers_output(const ProvidersInput& input, Catalogue& catalogue,
                                             Report& report, Colour colour);

/// `unknown_provider` says that nobody in `catalogue` has that name, and who may have been meant.
[[nodiscard]] std::string unknown_provider(std::string_view name, Catalogue& catalogue);

}  // namespace postern::compiler
