#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "postern/base/arena.h"
#include "postern/gate/live_source.h"
#include "postern/policy/policy.h"
#include "postern/scheme/key.h"

// The keys by which the gate signs what it forwards.

namespace postern::gate {

/// How a secret that signs forwards is written: as Standard Webhooks has it.
inline constexpr scheme::KeyRule forward_key_rule = {.form = scheme::KeyForm::base64,
                                                     .prefix = "whsec_",
                                                     .prefix_rule = scheme::PrefixRule::optional,
                                                     .bytes_min = 24,
                                                     .bytes_max = 64};

/// The keys that sign forwards, by slot; null where a slot's secret signs none, or is none.
using ForwardKeys = std::span<const scheme::Key*>;

/// What a few lists in an arena may take besides their elements, for alignment.
inline constexpr std::size_t arena_spare_bytes = 64;

/// What one key takes of the description that a host gets.
[[nodiscard]] inline std::size_t described_key_bytes(const scheme::Key& key) {
  return 3 + key.bytes.size();
}

/// `read_forward_keys` reads the secrets that sign forwards, each once, as far as `arena` has room
/// for them and for their description, whose bytes it adds to `described`. What there is no room
/// for is no secret. `hmac_keys` counts the HMAC keys that there are; each new one is numbered by
/// it.
void read_forward_keys(const policy::Policy& policy, std::span<const std::string_view> values,
                       ForwardKeys keys, std::uint16_t& hmac_keys, std::size_t& described,
                       Arena& arena);

/// `read_destinations` notes in `live` where the routes of `source` forward to, and the keys that
/// sign what goes there; what is none is its problem.
void read_destinations(const policy::Gate& gate, const policy::Source& source,
                       std::span<const std::string_view> values,
                       std::span<const scheme::Key* const> forward_keys, LiveSource& live,
                       Arena& arena);

}  // namespace postern::gate
