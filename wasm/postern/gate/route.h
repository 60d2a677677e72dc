#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "postern/base/result.h"
#include "postern/policy/policy.h"
#include "postern/scheme/event.h"
#include "postern/scheme/reading.h"

namespace postern::gate {

/// `route_of` finds the first route of `source` whose globs and filters fit, by number.
///
/// Takes an event, which only an authentic delivery has: filters read nothing unverified.
/// Refuses: `malformed_body` when a filter that is looked at stands in a body that cannot be read;
///   the event's `type_fault` when nothing but its type tells whether a route is for it;
///   `no_route`.
[[nodiscard]] Result<std::uint16_t, Reason> route_of(const policy::Source& source,
                                                     const scheme::Event& event,
                                                     scheme::Reading& reading);

/// `routes_read_body` says whether a filter of `source` reads the body.
[[nodiscard]] bool routes_read_body(const policy::Source& source);

}  // namespace postern::gate
