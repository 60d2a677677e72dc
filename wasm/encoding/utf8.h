#pragma once

#include "base/bytes.h"

namespace postern::encoding {

/// `is_utf8` says whether all of `bytes` is well-formed UTF-8. No overlong form, no surrogate,
/// nothing above U+10FFFF, nothing cut off; NUL and U+FEFF are characters like others. Empty is
/// well-formed. Time: eight bytes a step through ASCII, so asking costs little beside hashing.
/// Source: The Unicode Standard 15, table 3-7. Read 2026-11-21.
[[nodiscard]] bool is_utf8(Bytes bytes);

}  // namespace postern::encoding
