#pragma once

#include <span>
#include <string_view>

namespace postern::encoding {

/// `decode_special_characters` writes `text` into `room` with the character references of `&`, `<`,
/// `>`, `"` and `'` decoded once, and gives what it wrote; all else stays as it is. This is
/// WordPress' `wp_specialchars_decode` with `ENT_QUOTES`, byte for byte: `&lt;` `&gt;` `&amp;`
/// `&quot;`, the decimal numbers of all five, and the hexadecimal ones of `&`, `"` and `'` alone,
/// numbers with any zeros before them, `&apos;` and capital names not.
///
/// Less room than `text` has characters is our fault and traps.
/// Source: WordPress 6.8, wp-includes/formatting.php. Read 2026-11-29.
[[nodiscard]] std::string_view decode_special_characters(std::string_view text,
                                                         std::span<char> room);

}  // namespace postern::encoding
