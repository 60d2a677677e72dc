#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "postern/base/bytes.h"

// The harness behind a border that carries bytes only. A request:
//   u8       harness_request_version
//   u8       its kind
//   ...      what the request of a command has behind its kind: compiler/commands/command_request.h
// Then, by its kind:
//   sign
//     text32   the provider
//     text32   the environment variable of the secret, none where none was named; text32 what it
//     has u8 1 and the file of the secret, or 0; u8 1 and the file of the key, or 0 u8 1 and u64
//     the time of signing in unix seconds, or 0; u64 the time now text32   the id; text32 the
//     configured address; text32 the event's type u8 1 and text32 the method, or 0 u16      number
//     of headers, and each as a text32 NAME=VALUE u8       0 for headers, 1 for a curl command, 2
//     for JSON; text32 the address for curl u8 1 and a file, the body, or 0 before it is read: then
//     only what stands in the way is said
//   delivery
//     text32   the provider; text32 the secret; text32 the private key, each none where there is
//     none u8 1 and u64 the time of signing in unix milliseconds, or 0; u64 the time now text32 the
//     id; text32 the address that the sender was given; text32 the event's type text32   the
//     method; u16 number of headers, and each as a text32 name and a text32 value bytes32  the body
//   Its answer has one file, the delivery as `sign` prints it in JSON, or says on standard error
//   why there is none.
// A text32 is a text behind its length in 32 bits; a file is one of a command's request.
//
// Its answer is a command's.

namespace postern::harness {

inline constexpr std::uint8_t harness_request_version = 1;

/// The largest body, with a catalogue of several megabytes.
inline constexpr std::size_t harness_request_bytes_max = std::size_t{64} << 20;

enum class RequestKind : std::uint8_t { sign = 1, delivery = 2 };

/// `answer_request` does what `request` asks for. Gives nothing for bytes that are no request.
[[nodiscard]] std::optional<std::vector<std::byte>> answer_request(Bytes request);

}  // namespace postern::harness
