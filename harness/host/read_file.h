#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>

#include "compiler/toml_text.h"

namespace postern::harness {

/// What a file that people write may hold: what the compiler reads.
inline constexpr std::size_t file_bytes_max = compiler::toml_text_bytes_max;

/// What a file holds, or why it could not be read, in words for whoever named it.
struct FileText {
  std::optional<std::string> text;
  std::string why;
};

/// `read_whole` reads a file, a pipe, or standard input (`-`). Refuses, with the reason: what is
/// not there or not ours to read, a folder, more than `bytes_max` bytes, and a pipe that nothing
/// comes out of for `pipe_wait_ms`.
[[nodiscard]] FileText read_whole(const std::string& path, std::size_t bytes_max);

/// `read_file` is the text of a policy or provider file, for whom the reason does not matter.
[[nodiscard]] std::optional<std::string> read_file(const std::filesystem::path& path);

/// Whoever writes into a pipe has begun by then.
inline constexpr int pipe_wait_ms = 10'000;

}  // namespace postern::harness
