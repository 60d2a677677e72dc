#pragma once

#include "compiler/scheme_reader.h"

namespace postern::compiler {

/// `find_unsigned_values` lists what decides about a delivery in the scheme's events and challenges
/// although no signature covers it: conditions that choose an identity or an answer, and, where
/// only named parts are signed, the type. `table` is the scheme's, its tables were read into
/// `model`.
///
/// Nothing of a token: its word for it is the proof. Nor is the type one where the body is signed
/// or its checksum is: it chooses among names that the policy spells out.
[[nodiscard]] std::vector<UnsignedValue> find_unsigned_values(const toml::table& table,
                                                              const SchemeModel& model);

}  // namespace postern::compiler
