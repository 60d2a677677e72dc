#pragma once

#include <cstddef>
#include <cstdint>

#include "postern/base/bytes.h"
#include "postern/gate/machine.h"

// How an export gets its frame and gives its answer.

namespace postern::abi {

/// Room for an answer.
extern std::byte output[gate::output_bytes_max];

/// The frame that the host has just written; empty for a length beyond the room it asked for.
[[nodiscard]] Bytes frame_of(std::uint32_t length);

/// Notes where `bytes` lie, for the host to ask for, and gives their number.
[[nodiscard]] std::uint32_t answer(Bytes bytes);

/// Goes on with a delivery by the frame of that length, for the export of a module that asks its
/// host for something: the length of the answer.
[[nodiscard]] std::uint32_t resume(std::uint32_t length);

}  // namespace postern::abi
