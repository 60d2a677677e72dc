#pragma once

#include <cstddef>
#include <cstdint>

#include "postern/base/bytes.h"

namespace postern::http {

/// What kind of body a delivery has. Told from the body's own bytes, which are signed, never from
/// the content type, which is not. A body has one form; see `body_form_of`.
enum class BodyForm : std::uint8_t {
  unknown = 0,    // The beginning does not tell, and the rest is not here.
  empty = 1,      // No bytes.
  json = 2,       // White space of JSON, then `{` or `[`.
  xml = 3,        // A byte order mark, white space, then `<`.
  multipart = 4,  // A boundary line: `--`, 1 to 70 characters of a boundary, blanks, CR LF.
  form = 5,       // Visible characters up to a `=`: the first name of a form.
  text = 6,       // Nothing of these, and no control character in its first bytes.
  other = 7,      // Nothing of these.
};

inline constexpr BodyForm body_form_last = BodyForm::other;

/// A set of forms: bit i - 1 for the form of number i.
using BodyForms = std::uint8_t;

[[nodiscard]] constexpr BodyForms set_of(BodyForm form) {
  return form == BodyForm::unknown
             ? BodyForms{0}
             : static_cast<BodyForms>(1U << (static_cast<unsigned>(form) - 1));
}

[[nodiscard]] constexpr bool has(BodyForms forms, BodyForm form) {
  return (forms & set_of(form)) != 0;
}

/// Of a sender that prescribes none.
inline constexpr BodyForms any_body_form = 0x7F;

/// How much of a body tells its form, but for odd ones: the longest boundary line with its blanks.
inline constexpr std::size_t body_head_bytes_max = 128;

/// `body_form_of` tells the form of a body of `body_bytes` from its beginning. The forms do not
/// overlap: a JWT, a query without its first name, or a base64 text without `=` is `text`.
///
/// Gives `unknown` when `head` is not the whole body and the form could still be another one.
[[nodiscard]] BodyForm body_form_of(Bytes head, std::uint64_t body_bytes);

/// `may_begin_with` says whether a body of one of `forms` can have `byte` first. It may say so of a
/// byte that no body begins with, never the other way round.
[[nodiscard]] constexpr bool may_begin_with(BodyForms forms, std::uint8_t byte) {
  const bool is_space = byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
  const bool is_visible = byte > ' ' && byte <= '~';
  constexpr std::uint8_t byte_order_mark = 0xEF;
  return (has(forms, BodyForm::json) && (is_space || byte == '{' || byte == '[')) ||
         (has(forms, BodyForm::xml) && (is_space || byte == '<' || byte == byte_order_mark)) ||
         (has(forms, BodyForm::multipart) && byte == '-') ||
         (has(forms, BodyForm::form) && is_visible && byte != '&' && byte != '=' && byte != '{' &&
          byte != '[' && byte != '<' && byte != '"') ||
         (has(forms, BodyForm::text) && (is_space || (byte > ' ' && byte != 0x7F))) ||
         has(forms, BodyForm::other);
}

}  // namespace postern::http
