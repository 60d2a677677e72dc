#pragma once

#include "compiler/scheme_reader.h"

namespace postern::compiler {

/// `read_challenges` reads `[[challenge]]` of a scheme whose signatures, methods and parameters are
/// read.
void read_challenges(TableReader& parent, SchemeModel& model, Storage& storage);

/// `check_signed_replies` reports computed replies that could be signatures of deliveries. For a
/// scheme that has no other error, whose templates are checked.
void check_signed_replies(TableReader& parent, const SchemeModel& model);

}  // namespace postern::compiler
