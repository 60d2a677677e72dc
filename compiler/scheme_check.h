#pragma once

#include "compiler/table_reader.h"
#include "postern/scheme/signing_scheme.h"

namespace postern::compiler {

/// `check_scheme` reports what does not fit together in a scheme whose parts were read without a
/// mistake: what its templates name and nothing gives, a time or an id that is not signed, a list
/// that could be two headers, a body that could be lengthened.
void check_scheme(TableReader& reader, const scheme::Scheme& scheme);

}  // namespace postern::compiler
