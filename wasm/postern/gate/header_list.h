#pragma once

#include <cstddef>
#include <span>

#include "postern/base/arena.h"
#include "postern/base/wire.h"
#include "postern/http/delivery.h"

// Headers as frames and tickets carry them: their number, then name and value of each.

namespace postern::gate {

/// `read_headers` fails the reader when there are more than `most`. Borrows: the list from `arena`,
/// its texts from what is read.
[[nodiscard]] std::span<const http::Header> read_headers(Reader& reader, std::size_t most,
                                                         Arena& arena);

/// `write_headers` writes at most 65,535.
void write_headers(std::span<const http::Header> headers, Writer& writer);

}  // namespace postern::gate
