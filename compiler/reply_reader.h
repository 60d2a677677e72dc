#pragma once

#include "compiler/parameter_reader.h"
#include "compiler/storage.h"
#include "compiler/table_reader.h"
#include "postern/scheme/signing_scheme.h"

namespace postern::compiler {

/// `read_reply` reads the table `reply` of a challenge into it: status, content type, body and
/// headers. It reports what could be a page, or a header, of whoever asks. What of `parameters` is
/// told is marked there.
void read_reply(TableReader& parent, scheme::Challenge& challenge, Parameters& parameters,
                Storage& storage);

}  // namespace postern::compiler
