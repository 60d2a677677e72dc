#pragma once

#include <cstddef>
#include <cstdint>

// What the core asks of a host, by number as docs/ABI.md has them, and the limits of what it asks
// for.

namespace postern::gate {

inline constexpr std::uint8_t abi_version = 1;

enum class Effect : std::uint8_t {
  supply_body = 1,
  mac = 2,
  check_signature = 3,
  fetch_key = 4,
  limit = 5,
  claim = 6,
  accept = 7,
  commit = 8,
  release = 9,
  forward = 10,
  answer = 11,
  finish = 12,
  retry_later = 13,
  dead_letter = 14,
  enqueue = 15,
};

/// In a `mac` effect: no key, a plain digest.
inline constexpr std::uint16_t no_key = 0xFFFF;

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

}  // namespace postern::gate
