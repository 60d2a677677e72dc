#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "postern/base/arena.h"
#include "postern/http/delivery.h"
#include "postern/http/form.h"
#include "postern/json/extract.h"
#include "postern/scheme/signing_scheme.h"

namespace postern::scheme {

/// Longest text that a locator gives: a header value, a query parameter or a body field. An RSA
/// signature of 8192 bits in base64 has 1,368 characters; a list of 16 signatures stays below this.
inline constexpr std::size_t located_text_bytes_max = 4096;

enum class Presence : std::uint8_t { absent = 0, one = 1, malformed = 2 };

/// What a locator found. `type` tells a JSON string from other JSON values; all else is a string.
struct Located {
  Presence presence = Presence::absent;
  std::string_view text;
  json::Type type = json::Type::string;
};

/// What a comma and a space in a header's value are: a sign of two headers, or part of a list.
enum class Joined : std::uint8_t { refused, list };

/// `fits` says whether a rule for bodies of `format` is for a body of that form.
[[nodiscard]] constexpr bool fits(BodyFormat format, http::BodyForm form) {
  if (format == BodyFormat::form) {
    return form == http::BodyForm::form || form == http::BodyForm::empty;
  }
  return format == BodyFormat::any || form == http::BodyForm::json;
}

/// Reads values out of one delivery, each part of it parsed at most once. Borrows the delivery and
/// the arena, and so does what it gives.
class Reading {
 public:
  /// Not inlined: the initial values would stand in the module three times.
  [[gnu::noinline]] Reading(const http::Delivery& delivery, Arena& arena);
  Reading(const Reading&) = delete;
  Reading& operator=(const Reading&) = delete;

  [[nodiscard]] const http::Delivery& delivery() const { return delivery_; }

  /// `expect` announces a pointer into JSON, so that one pass over the text finds all that are
  /// announced.
  void expect(const Locator& locator);
  void expect(const json::Pointer& pointer);

  /// `value_at` gives the one value that `locator` leads to. Several values, a header that came
  /// twice, or a text that is not in the locator's form, are `malformed`; so is everything in a
  /// body that does not parse.
  [[nodiscard]] Located value_at(const Locator& locator);
  [[nodiscard]] Located value_at(const json::Pointer& pointer);

  /// `text_at` gives all of a header, a query parameter or a body field, as `value_at` would of a
  /// locator with nothing to cut. `place` has names.
  [[nodiscard]] Located text_at(Place place, std::string_view name);
  [[nodiscard]] Located text_at(const json::Pointer& pointer);

  /// `date_at` gives all of a header that holds a date, which has a comma and a space in it: a list
  /// of dates is longer than one.
  [[nodiscard]] Located date_at(std::string_view header);

  /// `values_at` gives every value of a list, in order, at most `values.size()` of them; more are
  /// `malformed`, but for the first one once more in a list of lists. `found` counts what was
  /// written.
  [[nodiscard]] Presence values_at(const Locator& locator, std::span<std::string_view> values,
                                   std::size_t& found);

  /// `form` gives the fields of a form body, or nothing when it does not parse.
  [[nodiscard]] const std::span<http::FormField>* form();

  /// `sorted_form` gives them as `http::sort_for_signing` does, or nothing when the body does not
  /// parse or the fields have more than `bytes_max` bytes: nobody sorts what nobody would sign.
  [[nodiscard]] std::optional<std::span<const http::FormField>> sorted_form(std::size_t bytes_max);

  /// `body_sha256` is the body's SHA-256 in lower-case hex, `body_crc32` its CRC-32 in decimal.
  [[nodiscard]] std::string_view body_sha256();
  [[nodiscard]] std::string_view body_crc32();

  /// `keeps_its_form` says whether the body, which is here, has its form to its end: JSON is one
  /// document that begins with `{` at once, which no list of parameters can be made to look like. A
  /// form that cannot be read to its end is not kept.
  [[nodiscard]] bool keeps_its_form();

  /// Whether the body was asked for something and could not be parsed.
  [[nodiscard]] bool body_is_malformed() const { return body_is_malformed_; }

 private:
  /// A JSON value of the body, or of the form field `form`. Read and unescaped once, so that what
  /// is asked for again and again takes its time and its room once.
  struct Field {
    std::string_view form;  // Empty for the body.
    json::Pointer pointer;
    bool is_read = false;
    Located located;
  };
  /// Fields that there is room for from the start: most schemes ask for fewer.
  static constexpr std::size_t fields_at_first = 16;

  enum class FormState : std::uint8_t { unread, parsed, malformed };

  [[nodiscard]] Located whole_text(const Locator& locator);
  [[nodiscard]] Located header_text(std::string_view name, Joined joined) const;
  [[nodiscard]] Located query_text(std::string_view name);
  [[nodiscard]] Located form_text(std::string_view name);
  [[nodiscard]] Located json_field(std::string_view form, const json::Pointer& pointer);
  [[nodiscard]] Located json_text(const json::Value& value);
  [[nodiscard]] std::size_t field_number(std::string_view form, const json::Pointer& pointer);
  void read_fields(std::size_t wanted);

  const http::Delivery& delivery_;
  Arena& arena_;
  std::span<Field> fields_;  // Room for them; it grows.
  std::size_t fields_count_ = 0;
  std::span<http::FormField> form_;
  std::optional<std::span<const http::FormField>> sorted_form_;
  std::string_view body_sha256_;
  std::string_view body_crc32_;
  FormState form_state_ = FormState::unread;
  bool body_is_malformed_ = false;
};

}  // namespace postern::scheme
