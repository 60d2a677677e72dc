#pragma once

#include <cstdint>
#include <string_view>

#include "postern/gate/call.h"

namespace postern::gate {

/// How a delivery gets to its origin: while its sender waits, or by way of the queue's store.
enum class Way : std::uint8_t { at_once = 0, stored = 1 };

/// `goes_on` says whether an origin gets a header of that name on that way. What shows that a
/// delivery is its sender's goes on only while the sender waits: with it an origin's own verifier
/// keeps working, and in a store it would lie for days. The names of Standard Webhooks are the
/// gate's own, but where the sender signs by them.
[[nodiscard]] bool goes_on(const LiveSource& source, std::string_view name, Way way);

/// Whether a header is one of Standard Webhooks', which a forward that the gate signs has anew.
[[nodiscard]] bool is_standard(std::string_view name);

/// `stored_headers` are those of the arrival that go on by way of a store. Borrows: from the arena.
[[nodiscard]] std::span<const http::Header> stored_headers(const Call& call);

}  // namespace postern::gate
