#pragma once

#include <string_view>

namespace postern::compiler {

/// `is_published` says whether `secret`, with its prefix or without it, stands in somebody's manual
/// or test: whoever knows where can sign with it.
[[nodiscard]] bool is_published(std::string_view secret);

}  // namespace postern::compiler
