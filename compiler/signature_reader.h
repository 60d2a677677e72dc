#pragma once

#include <optional>

#include "compiler/storage.h"
#include "compiler/table_reader.h"
#include "postern/scheme/signing_scheme.h"

namespace postern::compiler {

/// `read_signature` reads one `[signature]` table and checks that its parts fit each other: key
/// form, encoding and content belong to the algorithm.
[[nodiscard]] scheme::SignatureRule read_signature(const toml::table& table, Storage& storage,
                                                   Report& report);

/// `read_format` reads the optional key `format`.
[[nodiscard]] scheme::BodyFormat read_format(TableReader& reader);

}  // namespace postern::compiler
