#include "postern/scheme/reading.h"

#include <algorithm>
#include <utility>

#include "postern/base/check.h"
#include "postern/base/cut.h"
#include "postern/base/work.h"
#include "postern/crypto/crc32.h"
#include "postern/crypto/sha2.h"
#include "postern/encoding/decimal.h"
#include "postern/encoding/hex.h"
#include "postern/http/header_rules.h"
#include "postern/http/percent.h"
#include "postern/json/text.h"

namespace postern::scheme {
namespace {

using namespace std::string_view_literals;

bool is_same(const json::Pointer& a, const json::Pointer& b) {
  return std::ranges::equal(a.tokens, b.tokens);
}

Located malformed() { return {.presence = Presence::malformed, .text = {}}; }

Located if_short(const Located& located) {
  return located.text.size() > located_text_bytes_max ? malformed() : located;
}

Located one(std::string_view text) { return {.presence = Presence::one, .text = text}; }

/// Whether a header's value is that of two headers, which hosts join by a comma and a space (Fetch,
/// section 2.2.2), with the space around a value cut off where one of them was empty. It is never
/// read as one list or one value: an origin could take the other header. In a list whose sender
/// writes blanks, nothing but an item that came twice tells the two from one.
bool is_joined(std::string_view value, Joined joined) {
  return (joined == Joined::refused && value.contains(", "sv)) || value.starts_with(',') ||
         value.ends_with(',');
}

/// Cuts the next item off the front of `rest`, and the separator behind it, as `cut` does.
std::string_view next_item(const Locator& list, std::string_view& rest) {
  if (list.separator == 0) {
    return std::exchange(rest, {});
  }
  const std::size_t inner = rest.find(list.separator);
  const bool ends_list = list.groups != 0 && rest.find(list.groups) < inner;
  const std::string_view item = cut(rest, ends_list ? list.groups : list.separator);
  if (list.has_blanks && rest.starts_with(' ')) {
    rest.remove_prefix(1);
  }
  return item;
}

/// Cuts one item of a list down to its value. `absent` for an item with another key.
Located cut_item(const Locator& locator, std::string_view item) {
  if (locator.pair != 0) {
    const std::string_view key = cut(item, locator.pair);
    if (item.data() == nullptr || key.empty() || key.contains(' ') || key.contains('\t')) {
      return malformed();
    }
    if (key != locator.item && locator.item != any_item) {
      return {};
    }
  }
  if (!item.starts_with(locator.prefix)) {
    return malformed();
  }
  return one(item.substr(locator.prefix.size()));
}

}  // namespace

Reading::Reading(const http::Delivery& delivery, Arena& arena)
    : delivery_(delivery), arena_(arena) {}

void Reading::expect(const Locator& locator) {
  if (locator.has_pointer) {
    static_cast<void>(field_number(locator.name, locator.pointer));  // No name: in the body.
  }
}

void Reading::expect(const json::Pointer& pointer) { static_cast<void>(field_number({}, pointer)); }

Located Reading::value_at(const Locator& locator) {
  if (locator.separator == 0) {
    const Located whole = whole_text(locator);
    if (whole.presence != Presence::one || (locator.pair == 0 && locator.prefix.empty())) {
      return whole;
    }
    return cut_item(locator, whole.text);
  }
  std::array<std::string_view, 1> values;
  std::size_t found = 0;
  const Presence presence = values_at(locator, values, found);
  return {.presence = presence, .text = values[0]};
}

Located Reading::value_at(const json::Pointer& pointer) {
  const Located located = body_is_malformed_ ? malformed() : json_field({}, pointer);
  return body_is_malformed_ ? malformed() : located;
}

Presence Reading::values_at(const Locator& locator, std::span<std::string_view> values,
                            std::size_t& found) {
  found = 0;
  const Located whole = whole_text(locator);
  if (whole.presence != Presence::one || whole.type != json::Type::string) {
    return whole.presence == Presence::absent ? Presence::absent : Presence::malformed;
  }
  std::string_view rest = whole.text;
  std::size_t seen = 0;
  const std::size_t end = locator.take == 0 ? std::string_view::npos : locator.skip + locator.take;
  do {
    const std::string_view item = next_item(locator, rest);
    ++seen;
    if (seen <= locator.skip || seen > end) {
      continue;
    }
    const Located value = cut_item(locator, item);
    if (value.presence == Presence::absent) {
      continue;
    }
    const bool is_full = found == values.size();
    if (is_full && locator.groups != 0 && value.text == values[0]) {
      continue;
    }
    if (value.presence == Presence::malformed || is_full) {
      return Presence::malformed;
    }
    values[found++] = value.text;
  } while (rest.data() != nullptr);
  // A list that ends before what is wanted is no list of this sender's.
  return found != 0 ? Presence::one : seen <= locator.skip ? Presence::malformed : Presence::absent;
}

const std::span<http::FormField>* Reading::form() {
  POSTERN_CHECK(has_feature(Feature::form));
  if (form_state_ == FormState::unread) {
    const auto parsed = http::parse_form(text_of(delivery_.body), arena_);
    form_state_ = parsed.has_value() ? FormState::parsed : FormState::malformed;
    if (parsed.has_value()) {
      form_ = *parsed;
    }
    body_is_malformed_ = body_is_malformed_ || !parsed.has_value();
  }
  return form_state_ == FormState::parsed ? &form_ : nullptr;
}

bool Reading::keeps_its_form() {
  switch (delivery_.body_form) {
    case http::BodyForm::empty:
      return true;
    case http::BodyForm::json:
      return text_of(delivery_.body).starts_with('{') &&
             json::extract(delivery_.body, {}, {}, arena_).has_value();
    case http::BodyForm::form:
      return form() != nullptr;
    default:
      return false;
  }
}

Located Reading::whole_text(const Locator& locator) {
  switch (locator.place) {
    case Place::none:
      return {};
    case Place::header:
      return if_short(header_text(locator.name, locator.has_blanks && locator.separator == ','
                                                    ? Joined::list
                                                    : Joined::refused));
    case Place::query:
      return text_at(locator.place, locator.name);
    case Place::form:
      POSTERN_CHECK(has_feature(Feature::form));
      return if_short(locator.has_pointer ? json_field(locator.name, locator.pointer)
                                          : form_text(locator.name));
    case Place::body:
      return text_at(locator.pointer);
  }
  trap();
}

Located Reading::text_at(Place place, std::string_view name) {
  switch (place) {
    case Place::header:
      return if_short(header_text(name, Joined::refused));
    case Place::form:
      return if_short(form_text(name));
    default:
      return if_short(query_text(name));
  }
}

Located Reading::date_at(std::string_view header) {
  return if_short(header_text(header, Joined::list));
}

Located Reading::text_at(const json::Pointer& pointer) { return if_short(value_at(pointer)); }

Located Reading::header_text(std::string_view name, Joined joined) const {
  const http::Header* header = http::find_header(delivery_.headers, name);
  if (header == nullptr) {
    return {};
  }
  return http::is_header_text(header->value) && !is_joined(header->value, joined)
             ? one(header->value)
             : malformed();
}

Located Reading::query_text(std::string_view name) {
  POSTERN_CHECK(has_feature(Feature::address));
  Located located;
  std::string_view rest = delivery_.query;
  while (!rest.empty()) {
    std::string_view raw = cut(rest, '&');
    if (cut(raw, '=') != name || raw.data() == nullptr) {
      continue;
    }
    const auto text = http::decode_form_component(raw, arena_.make_chars(raw.size()));
    if (located.presence != Presence::absent || !text.has_value()) {
      return malformed();
    }
    located = one(*text);
  }
  return located;
}

Located Reading::form_text(std::string_view name) {
  const std::span<http::FormField>* fields = form();
  if (fields == nullptr) {
    return malformed();
  }
  Located located;
  for (const http::FormField& field : *fields) {
    if (field.name != name) {
      continue;
    }
    if (located.presence != Presence::absent) {
      return malformed();
    }
    located = one(field.value);
  }
  return located;
}

Located Reading::json_text(const json::Value& value) {
  if (value.type == json::Type::absent) {
    return {};
  }
  if (value.type != json::Type::string) {
    return {.presence = Presence::one, .text = value.raw, .type = value.type};
  }
  if (value.raw.find('\\') == std::string_view::npos) {
    return one(value.raw);  // The usual case needs no room.
  }
  const std::size_t room = std::min(value.raw.size(), located_text_bytes_max);
  const auto text = json::unescape(value.raw, arena_.make_chars(room));
  return text.has_value() ? one(*text) : malformed();
}

/// The number of a field, which it has from when it is first asked for.
std::size_t Reading::field_number(std::string_view form, const json::Pointer& pointer) {
  for (std::size_t i = 0; i < fields_count_; ++i) {
    if (fields_[i].form == form && is_same(fields_[i].pointer, pointer)) {
      return i;
    }
  }
  if (fields_count_ == fields_.size()) {
    const std::span<Field> more =
        arena_.make_array<Field>(std::max(fields_at_first, 2 * fields_.size()));
    std::ranges::copy(fields_, more.begin());
    fields_ = more;
  }
  fields_[fields_count_].form = form;
  fields_[fields_count_].pointer = pointer;
  return fields_count_++;
}

Located Reading::json_field(std::string_view form, const json::Pointer& pointer) {
  const std::size_t number = field_number(form, pointer);
  if (!fields_[number].is_read) {
    read_fields(number);
  }
  return fields_[number].located;
}

/// Reads the field of that number, and in the same pass others of the same text.
void Reading::read_fields(std::size_t wanted) {
  const std::string_view form = fields_[wanted].form;
  const Located text =
      !has_feature(Feature::form) || form.empty() ? one(text_of(delivery_.body)) : form_text(form);
  std::array<std::size_t, json::pointers_max> numbers;
  std::array<json::Pointer, json::pointers_max> pointers;
  std::array<json::Value, json::pointers_max> values;
  std::size_t count = 0;
  for (std::size_t i = 0; i < fields_count_ && count < numbers.size(); ++i) {
    const std::size_t number = (wanted + i) % fields_count_;
    if (!fields_[number].is_read && fields_[number].form == form) {
      numbers[count] = number;
      pointers[count++] = fields_[number].pointer;
    }
  }
  const std::size_t used = arena_.bytes_used();
  const bool is_json = text.presence == Presence::one &&
                       json::extract(bytes_of(text.text), std::span(pointers).first(count),
                                     std::span(values).first(count), arena_)
                           .has_value();
  arena_.rewind(used);  // The pass is over, and its values are in the text.
  body_is_malformed_ = body_is_malformed_ || (text.presence == Presence::one && !is_json);
  for (std::size_t i = 0; i < count; ++i) {
    Field& field = fields_[numbers[i]];
    field.is_read = true;
    field.located = is_json                             ? json_text(values[i])
                    : text.presence == Presence::absent ? Located{}
                                                        : malformed();
  }
}

std::optional<std::span<const http::FormField>> Reading::sorted_form(std::size_t bytes_max) {
  const std::span<http::FormField>* fields = form();
  if (fields == nullptr || sorted_form_.has_value()) {
    return sorted_form_;
  }
  std::size_t bytes = 0;
  for (const http::FormField& field : *fields) {
    bytes += field.name.size() + field.value.size();
  }
  if (bytes <= bytes_max) {
    sorted_form_ = http::sort_for_signing(*fields, arena_);
  }
  return sorted_form_;
}

std::string_view Reading::body_sha256() {
  if (body_sha256_.empty()) {
    const auto digest = crypto::sha256(delivery_.body);
    body_sha256_ = encoding::encode_hex(digest, arena_);
  }
  return body_sha256_;
}

std::string_view Reading::body_crc32() {
  if (body_crc32_.empty()) {
    body_crc32_ = encoding::encode_decimal(crypto::crc32(delivery_.body), arena_);
  }
  return body_crc32_;
}

}  // namespace postern::scheme
