#pragma once

#include "compiler/catalogue.h"
#include "compiler/host_limits.h"
#include "postern/base/wire.h"

// What requests of every kind have in them: compiler/request.h.

namespace postern::compiler {

/// 0 or 1; anything else is no request.
[[nodiscard]] bool read_choice(Reader& reader);

void read_providers(Reader& reader, Catalogue& catalogue);

void read_host(Reader& reader, HostLimits& host);

}  // namespace postern::compiler
