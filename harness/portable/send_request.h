#pragma once

#include "compiler/commands/command_exchange.h"
#include "postern/base/wire.h"

// The requests of `postern send`: harness_request.h has their form.

namespace postern::harness {

[[nodiscard]] compiler::CommandAnswer answer_send_session(Reader& reader);
[[nodiscard]] compiler::CommandAnswer answer_send(Reader& reader,
                                                  compiler::CommandSetting& setting);
[[nodiscard]] compiler::CommandAnswer answer_sent(Reader& reader);

}  // namespace postern::harness
