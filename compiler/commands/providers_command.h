#pragma once

#include <string>
#include <string_view>

#include "compiler/catalogue.h"
#include "compiler/commands/command_output.h"

// `postern providers`, between the provider files and what it prints.

namespace postern::compiler {

/// `providers_output` shows the catalogue, or all that is known of the provider `name`. What was
/// reported before, such as a file that cannot be read, is all that is shown then.
[[nodiscard]] CommandOutput providers_output(Catalogue& catalogue, std::string_view name,
                                             Report& report, Colour colour);

/// `unknown_provider` says that nobody in `catalogue` has that name, and who may have been meant.
[[nodiscard]] std::string unknown_provider(std::string_view name, const Catalogue& catalogue);

}  // namespace postern::compiler
