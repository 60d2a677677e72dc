#pragma once

#include <string_view>

#include "postern/gate/call.h"
#include "postern/scheme/verify.h"

namespace postern::gate {

/// `signed_query` is the query as the sender has signed it; empty where the signature of `seal`
/// does not cover it. Of what proved nothing, null: where any signature of the source would.
[[nodiscard]] std::string_view signed_query(const Call& call, const scheme::ProofSeal* seal);

}  // namespace postern::gate
