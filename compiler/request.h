#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "postern/base/bytes.h"

// The compiler behind a border that carries bytes only: what a program of another language asks
// it. Integers are little-endian, texts and bytes stand behind their length, as in docs/ABI.md.
//
// A request:
//   u8       request_version
//   u8       its kind: 0 to compile a text, which is what follows. Commands are others, and have a
//            form of their own: compiler/commands/command_request.h
//   u8       0 for production, 1 for development
//   text16   the policy's file name, for diagnostics
//   bytes32  its text
//   u16      number of providers, at most request_providers_max; of each:
//     text16   its slug
//     text16   its file name
//     bytes32  its text
//   text16   the host's name; what it can do:
//   u16      number of periods that its limiter counts over; of each:
//     u32      seconds
//   text16   what stands before the numbers of a rate limit in the name of its counter
//   u32      most bytes of ticket and body in one message of its queue
//   u8       1 where functions of the program that it runs in can be destinations, else 0
//   u8       1 where values of the environment are known, else 0
//   u16      how many, at most policy::secrets_max; of each, a text16 name and a bytes32 value
//
// Its answer:
//   bytes32  the policy file; empty when an error was reported
//   bytes32  the diagnostics as JSON: what `postern lint --format json` prints
//
// Values are looked at for production only, as in `lint_policy`, and stand in no answer.

namespace postern::compiler {

inline constexpr std::uint8_t request_version = 3;

/// A policy of the longest text (4 MiB), with more providers than anybody has, stays below.
inline constexpr std::size_t request_bytes_max = std::size_t{16} << 20;
inline constexpr std::size_t request_providers_max = 4096;
/// No platform's limiter is known that has more than a handful.
inline constexpr std::size_t request_periods_max = 64;

/// `answer_request` does what `request` asks for. Gives nothing for bytes that are no request.
[[nodiscard]] std::optional<std::vector<std::byte>> answer_request(Bytes request);

}  // namespace postern::compiler
