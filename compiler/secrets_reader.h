#pragma once

#include "compiler/policy_reader.h"
#include "compiler/table_reader.h"

namespace postern::compiler {

struct PolicyReading;

/// `read_secrets` reads where the secrets of `source` come from: slots of the environment's, or
/// those that an application fills for each tenant. Its scheme is known by then.
void read_secrets(TableReader& reader, SourceModel& source, PolicyReading& reading);

}  // namespace postern::compiler
