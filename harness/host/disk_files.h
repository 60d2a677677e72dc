#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "harness/host/files.h"

namespace postern::harness {

/// `disk_files` are the files that the operating system has.
[[nodiscard]] const Files& disk_files();

/// `read_bytes` gives a file's bytes, or nothing when it cannot be read or is longer than
/// `bytes_max`.
[[nodiscard]] std::optional<std::string> read_bytes(const std::string& file, std::size_t bytes_max);

}  // namespace postern::harness
