#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "harness/portable/harness_host.h"
#include "postern/base/bytes.h"

// The harness behind a border that carries bytes only. A request:
//   u8       harness_request_version
//   u8       its kind
//   ...      what the request of a command has behind its kind (compiler/commands/
//            command_request.h), and then what its kind has
// Its answer is a command's.
//
// A text32 is a text behind its length in 32 bits, a file one of a command's request. What is
// optional stands behind a u8: 1 where it is there, 0 and nothing more where it is not. A secret:
//   text32   the name of an environment variable, or none
//   text32   what it has
//   file     that of the secret, optional
//   file     that of the key, optional
//
// sign:
//   text32   the provider
//   secret
//   u64      the time of signing in unix seconds, optional
//   u64      the time now in unix seconds
//   text32   the id
//   text32   the configured address
//   text32   the type of the event
//   text32   the method, optional
//   u16      number of headers, and each as a text32 NAME=VALUE
//   u8       0 for headers, 1 for a curl command, 2 for JSON
//   text32   the address for curl
//   file     the body, optional: before it is read, only what stands in the way is said
//
// delivery, which answers with one file, the delivery as `sign` prints it in JSON, or says on
// standard error why there is none:
//   text32   the provider
//   text32   the secret, or none
//   text32   the private key, or none
//   u64      the time of signing in unix milliseconds, optional
//   u64      the time now in unix milliseconds
//   text32   the id
//   text32   the address that the sender was given
//   text32   the type of the event
//   text32   the method
//   u16      number of headers, and each as a text32 name and a text32 value
//   bytes32  the body
//
// send_session, which answers with values: gate, policy, settings and records of the session that
// is meant; send, which answers with one file, to be sent and remembered, whose name is the address
// that it goes to; sent, which says what came of it:
//   text32   what was typed before `send`
//   text32   the provider
//   text32   the folder of providers
//   u8       0 for a new event, 1 for a forged one, 2 for the same bytes
//   text32   the type of the event
//   text32   the name of the body's file
//   file     the body, optional
//   text32   a sample in JSON, optional
//   text32   a sample that is a form, optional
//   text32   the type of the sample's event, optional
//   text32   the address of the receiver
//   text32   the configured address
//   secret
//   text32   the gate
//   text32   its policy's name
//   text32   its settings' name
//   text32   its log's name
//   text32   the session's name
//   file     the session, optional
//   file     the policy, optional
//   file     the settings, optional
//   text32   what was remembered, optional
//   text32   the answer that is expected
//   u64      the time now in unix milliseconds
// and sent alone:
//   u16      the status of the answer
//   u32      how long it took in milliseconds
//   text32   the gate's record of it, optional
//
// replay, which answers with the reports as files, in their order; one named `-` is for standard
// output:
//   u16      number of patterns, and each as a text32
//   text32   the filter
//   text32   the engine: `wasm`, or the address of a running gate
//   u16      number of reports as they were asked for, and each as a text32
//   u8       1 for a table, else 0
//   u8       1 to list the cases only, else 0
//   u8       1 where standard output is shown in colour, else 0
//   u32      its columns; 0 where they are not known
//   text32   the demo origin of a running gate, or none
//   text32   the name of its log, or none
//   file     its policy, optional
//   file     its settings, optional
//
// cases, which answers with JSON on standard output (harness/portable/shown_cases.h):
//   u16      number of patterns, and each as a text32
//   text32   the filter

namespace postern::harness {

inline constexpr std::uint8_t harness_request_version = 1;

/// The largest body, with a catalogue of several megabytes.
inline constexpr std::size_t harness_request_bytes_max = std::size_t{64} << 20;

enum class RequestKind : std::uint8_t {
  sign = 1,
  delivery = 2,
  send_session = 3,
  send = 4,
  sent = 5,
  replay = 6,
  cases = 7,
};

/// `answer_request` does what `request` asks for. Gives nothing for bytes that are no request.
[[nodiscard]] std::optional<std::vector<std::byte>> answer_request(Bytes request,
                                                                   const HarnessHost& host);

}  // namespace postern::harness
