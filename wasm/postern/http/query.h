#pragma once

#include <string_view>

#include "postern/base/arena.h"

// A signed query that goes on behind the one that the destination has already.

namespace postern::http {

/// `may_extend` says whether `query` may stand behind the query of `url`: no name stands in both,
/// as the most lenient parser behind the gate would read them, and all of it is what a URL carries
/// unchanged. That parser cuts at `;` too, decodes what it can, takes `A` for `a`, and a blank or a
/// dot for `_`, knows `a[]` by its first part, takes `[` for `_` where it is no index, and ends a
/// name at a NUL. So it is of an empty query.
/// Source: php-src, main/php_variables.c, `php_register_variable_ex`. Read 2026-11-29.
[[nodiscard]] bool may_extend(std::string_view url, std::string_view query);

/// `extend` gives `url` with `query` behind its own.
/// Borrows: the result is `url` when `query` is empty, and else in `arena`.
[[nodiscard]] std::string_view extend(std::string_view url, std::string_view query, Arena& arena);

}  // namespace postern::http
