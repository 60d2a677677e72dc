#pragma once

#include <string_view>

namespace postern {

/// `cut` takes what stands before the first `separator` off the front of `rest`, and the separator
/// with it. Without a separator it takes all, and leaves a `rest` whose `data()` is null; a
/// separator at the end leaves one that is only empty.
/// Borrows: the result refers to the text of `rest`.
[[nodiscard]] std::string_view cut(std::string_view& rest, char separator);

}  // namespace postern
