#pragma once

#include "compiler/scheme_reader.h"

namespace postern::compiler {

/// `read_facts` reads what a provider's file says of the sender besides how it signs: who it is,
/// where that was read, and how it retries; of the catalogue, what else it is called and from which
/// addresses it sends. The catalogue must say where its facts come from.
void read_facts(TableReader& reader, SchemeUse use, SchemeModel& model);

}  // namespace postern::compiler
