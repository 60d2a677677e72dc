#pragma once

#include <cstdint>

#include "postern/gate/call.h"
#include "postern/gate/decision.h"

namespace postern::gate {

/// `limit_of` asks to count this delivery against its source's rate limit. Borrows: from the call.
[[nodiscard]] contract::Limit limit_of(const Call& call);

enum class Counted : std::uint8_t { malformed, let_in, denied };

/// `read_limit` reads what came of it. A limiter that cannot be asked stops nothing, and the
/// arrival says so: it saves work, it proves nothing.
[[nodiscard]] Counted read_limit(Call& call, Report& report);

/// The decision for a delivery that is over the limit.
[[nodiscard]] Decision rate_refusal(const Call& call);

}  // namespace postern::gate
