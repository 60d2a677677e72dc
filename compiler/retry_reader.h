#pragma once

#include <cstdint>

#include "compiler/storage.h"
#include "compiler/table_reader.h"
#include "postern/policy/policy.h"

namespace postern::compiler {

/// `read_retry` reads the `retry` of a route in queue mode; without one, or where it leaves
/// something out, the defaults hold.
[[nodiscard]] policy::Retry read_retry(TableReader& route, Storage& storage);

/// `attempts_that_fit` counts the attempts that begin within the horizon when every origin answers
/// at once and no wait is shortened; at most all of them.
[[nodiscard]] std::uint32_t attempts_that_fit(const policy::Retry& schedule);

/// `all_waits_ms` is how long after the first attempt the last one begins, under the same
/// conditions.
[[nodiscard]] std::uint64_t all_waits_ms(const policy::Retry& schedule);

}  // namespace postern::compiler
