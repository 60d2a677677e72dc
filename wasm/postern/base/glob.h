#pragma once

#include <string_view>

namespace postern {

/// `glob_matches` says whether `text` fits `glob`, in which `*` stands for any run of characters,
/// also an empty one, and every other character for itself. Time: at most the product of both
/// lengths.
[[nodiscard]] bool glob_matches(std::string_view glob, std::string_view text);

}  // namespace postern
