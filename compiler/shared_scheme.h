#pragma once

#include <toml++/toml.h>

#include <string_view>

#include "compiler/diagnostics.h"

// Who signs as another sender does says so by `scheme = "NAME"`, and its file has its own facts
// only. What that means is decided here, on the two tables, before either is read.

namespace postern::compiler {

/// `take_scheme` puts into `table`, the file of a sender that signs as `slug` does, what `base`,
/// the file of `slug`, says of that: `signature`, `timestamp` and `id`; `event`, `challenge` with
/// `parameters`, and `methods` where `table` has none of its own. What is taken keeps its place in
/// diagnostics.
///
/// Reports `signature`, `id`, and in `timestamp` what is no tolerance: they come from `base`.
void take_scheme(toml::table& table, std::string_view slug, toml::table base, Report& report);

}  // namespace postern::compiler
