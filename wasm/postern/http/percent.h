#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace postern::http {

/// `decode_form_component` decodes one name or value of an `application/x-www-form-urlencoded` text
/// into `room`: `+` is a blank, `%` and two hex digits of either case are one byte, all else stands
/// for itself. The result is never longer than `component`.
///
/// Refuses (nothing): `%` without two hex digits, a NUL byte, a result that is not UTF-8 (so no
///   overlong `%c0%af`) or that does not fit. A lenient decoder behind the gate would read
///   something else than we did.
/// Borrows: the result refers to `room`.
/// Source: WHATWG URL Standard, section 5.1, read 2026-11-21; stricter where that one repairs.
[[nodiscard]] std::optional<std::string_view> decode_form_component(std::string_view component,
                                                                    std::span<char> room);

}  // namespace postern::http
