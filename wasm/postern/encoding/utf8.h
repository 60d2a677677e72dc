#pragma once

#include "postern/base/bytes.h"

// UTF-8 as the standard has it: no overlong form, no surrogate, nothing above U+10FFFF, nothing cut
// off. NUL and U+FEFF are characters like others. Source: The Unicode Standard 16, table 3-7. Read
// 2026-11-21.

namespace postern::encoding {

/// `skip_characters` reads from `at` up to the next ASCII byte, or to `end`, and gives the position
/// there; null when it meets anything but sequences of two to four bytes. Most languages that need
/// one need many in a row.
[[nodiscard]] const char* skip_characters(const char* at, const char* end);

/// `is_utf8` says whether all of `bytes` is well-formed. Empty is well-formed.
[[nodiscard]] bool is_utf8(Bytes bytes);

}  // namespace postern::encoding
