#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "postern/base/arena.h"
#include "postern/base/result.h"

// Bodies of type application/x-www-form-urlencoded.

namespace postern::http {

/// Most fields of one form. The richest callbacks that we know of carry some 60, and sorting 256
/// costs microseconds.
inline constexpr std::size_t form_fields_max = 256;

/// One decoded field. Borrows from the arena it was decoded into.
struct FormField {
  std::string_view name;
  std::string_view value;
  /// Both in one text: the name, a NUL byte, which neither of them has, and the value.
  std::string_view pair;
};

enum class FormFault : std::uint8_t {
  malformed,        // A pair without `=` or without a name, an empty pair, a component that is
                    // refused by `decode_form_component`.
  too_many_fields,  // More than `form_fields_max`.
};

/// `parse_form` decodes all fields in the order of arrival; a repeated name stays repeated. An
/// empty body has no fields. Only `&` separates pairs, so `a=1;b=2` is one field. Every form
/// serializer writes `name=value`; the spellings that a lenient parser would repair are refused,
/// since the parser behind the gate may repair them in another way.
///
/// Takes at most `body.size()` bytes and the array of fields from `arena`.
/// Refuses: `too_many_fields` before anything is decoded, then `malformed`.
/// Borrows: the fields refer to `arena`.
/// Source: WHATWG URL Standard, section 5, read 2026-11-21.
[[nodiscard]] Result<std::span<FormField>, FormFault> parse_form(std::string_view body,
                                                                 Arena& arena);

/// `count_fields` tells absent (0) from single (1) from repeated.
[[nodiscard]] std::size_t count_fields(std::span<const FormField> fields, std::string_view name);

/// `only_field` gives the value of the field `name`, or nothing when it is absent or repeated: of
/// two values, the origin might take the other one. Names are compared byte by byte, so neither
/// `a[]` nor `A` is `a`.
[[nodiscard]] std::optional<std::string_view> only_field(std::span<const FormField> fields,
                                                         std::string_view name);

/// `sort_for_signing` gives the fields sorted by name and then by value, both as bytes, and each
/// combination once. `fields` stay as they are.
///
/// Time: linear in the bytes of all fields, and at most `form_fields_max` squared steps: no byte of
/// a field is compared twice, however much the fields have in common.
///
/// Byte order is the order of code points. Validators that sort UTF-16 units differ from it only
/// where one name has a character above U+FFFF and another one U+E000 to U+FFFF in the same place.
[[nodiscard]] std::span<FormField> sort_for_signing(std::span<const FormField> fields,
                                                    Arena& arena);

}  // namespace postern::http
