#include "harness/portable/refusal.h"

#include <fmt/format.h>

namespace postern::harness {

std::unexpected<compiler::CommandOutput> refusal(compiler::Exit exit, std::string_view message) {
  return std::unexpected(
      compiler::CommandOutput{.out = "", .err = fmt::format("{}\n", message), .exit = exit});
}

std::unexpected<compiler::CommandOutput> unreadable(const compiler::GivenFile& file) {
  return refusal(compiler::Exit::unreadable,
                 fmt::format("Cannot read {}: {}.", file.name, file.why));
}

}  // namespace postern::harness
