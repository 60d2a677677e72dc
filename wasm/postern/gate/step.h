#pragma once

#include "postern/gate/call.h"

namespace postern::gate {

/// `write_step` hands out `effect`, a struct of the contract's of that kind, with the ticket by
/// which its delivery goes on; with none at its end.
[[nodiscard]] StepBytes write_step(const Call& call, EffectKind kind, BodyNeed body_need,
                                   Bytes ticket, const void* effect);

}  // namespace postern::gate
