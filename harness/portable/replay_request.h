#pragma once

#include "compiler/commands/command_exchange.h"
#include "harness/portable/harness_host.h"

namespace postern::harness {

/// `answer_replay` answers a request of the kind `replay`: harness_request.h has its form.
[[nodiscard]] compiler::CommandAnswer answer_replay(Reader& reader,
                                                    compiler::CommandSetting& setting,
                                                    const HarnessHost& host);

/// `answer_cases` answers one of the kind `cases`.
[[nodiscard]] compiler::CommandAnswer answer_cases(Reader& reader,
                                                   compiler::CommandSetting& setting,
                                                   const HarnessHost& host);

}  // namespace postern::harness
