#pragma once

#include <cstdint>
#include <optional>
#include <string>

// How the independent verifier reads times: with the C library, and not as the core does.

namespace postern::property {

/// `seconds_of` gives the unix seconds of a time in `unit`, a word of a provider's file; nothing
/// for a text that is none.
[[nodiscard]] std::optional<std::int64_t> seconds_of(const std::string& text,
                                                     const std::string& unit);

}  // namespace postern::property
