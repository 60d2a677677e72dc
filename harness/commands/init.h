#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/commands/init_source.h"
#include "harness/commands/command_line.h"

namespace postern::harness {

struct InitOptions {
  std::vector<std::string> names;
  compiler::InitPlace place = compiler::InitPlace::worker;
  std::string folder = ".";
  /// Folder of provider files; empty for the embedded catalogue.
  std::string providers;
};

enum class InitWrites : std::uint8_t {
  new_files,  // Refuses where one is there already.
  any_files,
  output,  // Standard output, one text behind the other.
};

/// `run_init` writes a policy for the named providers, and what its Worker needs, or a
/// program for Node, and gives the exit code.
[[nodiscard]] int run_init(const InitOptions& options, InitWrites writes);

/// `wrangler_sample` is the wrangler.toml of the repository without its list of secrets. The
/// definition is generated: see cmake/embed_wrangler.cmake.
[[nodiscard]] std::string_view wrangler_sample();

/// `register_init` adds `init` to `line`.
void register_init(CommandLine& line);

}  // namespace postern::harness
