#pragma once

#include <cstdint>
#include <string>

#include "harness/simulate/log.h"

namespace postern::harness::simulate {

/// `operation_of` is what `postern ledger` sends for `order`, for a source that remembers events
/// for `retain_ms`.
[[nodiscard]] std::string operation_of(Order order, std::uint64_t retain_ms);

}  // namespace postern::harness::simulate
