#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "postern/gate/call.h"
#include "postern/scheme/content.h"

namespace postern::gate {

/// `host_hashes` says whether the host has to hash that content, or does it faster: the body is not
/// here, or it is large. Content with more text than an effect carries is hashed here.
[[nodiscard]] bool host_hashes(const Call& call, std::span<const scheme::Piece> content);

/// `read_digests` reads the SHA-256 values that a host reports, MACs or digests, as many as it was
/// asked for: `count`. Nothing for anything else. Borrows: from the frame.
[[nodiscard]] std::optional<std::span<const Bytes>> read_digests(const Call& call, Reader& outcome,
                                                                 std::size_t count);

}  // namespace postern::gate
