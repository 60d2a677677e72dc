#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "postern/contract/effects.h"

// The limits of what the core asks of a host. What it asks, and in which form: contract/.

namespace postern::gate {

using contract::abi_version;
using contract::EffectKind;
using contract::no_key;

/// Largest body that the module hashes itself. A host's native crypto hashes faster from some 800
/// bytes on, but asking it costs a second call into the module and its compilation in a cold
/// isolate: by `./dev bench`, the two ways are even at 4 KiB.
inline constexpr std::uint32_t mac_inline_bytes_max = 4096;

/// Most text of one content that an effect carries besides the body; content with more, such as a
/// sorted form, is hashed here. All trials of a delivery together fit a step.
inline constexpr std::size_t mac_literal_bytes_max = 1024;

/// Most of the origin's answer that is given back to a sender. Senders that use it at all
/// (commands, call instructions) read a few KiB.
inline constexpr std::uint32_t answer_bytes_max = std::uint32_t{64} << 10;

/// Most addresses that a source's deliveries may make a host ask for a key in one minute. They come
/// before any proof; a sender has one or two live certificates.
inline constexpr std::uint16_t key_fetches_per_minute_max = 10;

/// When a sender should come back where nothing better is known. Long enough for a ledger's
/// restart, short against every sender's schedule.
inline constexpr std::uint32_t retry_after_seconds_default = 5;

/// Longest content type of the origin's answer that is given back to a sender: type and subtype
/// have 127 characters each at most (RFC 6838, section 4.2), a boundary 70.
inline constexpr std::size_t answer_type_bytes_max = 512;

/// Most copies of one content that are let in within a minute. No sender known sends more than a
/// few equal events in that time; a replay makes its origin look at each.
inline constexpr std::uint16_t copies_max = 60;

/// `are_small` says whether pieces fit a `mac` effect.
[[nodiscard]] bool are_small(std::span<const contract::Piece> pieces);

}  // namespace postern::gate
