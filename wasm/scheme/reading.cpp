#include "scheme/reading.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/cut.h"
#include "http/header_rules.h"
#include "http/percent.h"
#include "json/text.h"

namespace postern::scheme {
namespace {

constexpr bool is_space(std::byte byte) {
  const char c = static_cast<char>(byte);
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

bool is_same(const json::Pointer& a, const json::Pointer& b) {
  return std::ranges::equal(a.tokens, b.tokens);
}

Located malformed() { return {.presence = Presence::malformed, .text = {}}; }

Located if_short(const Located& located) {
  return located.text.size() > located_text_bytes_max ? malformed() : located;
}

Located one(std::string_view text) { return {.presence = Presence::one, .text = text}; }

/// Cuts one item of a list down to its value. `absent` for an item with another key.
Located cut_item(const Locator& locator, std::string_view item) {
  if (locator.pair != 0) {
    const std::string_view key = cut(item, locator.pair);
    // A space in a list is where two headers of one name were joined: two lists, so not one value.
    if (item.data() == nullptr || key.empty() || key.contains(' ') || key.contains('\t')) {
      return malformed();
    }
    if (key != locator.item) {
      return {};
    }
  }
  if (!item.starts_with(locator.prefix)) {
    return malformed();
  }
  return one(item.substr(locator.prefix.size()));
}

}  // namespace

BodyFormat body_format_of(Bytes body) {
  const auto first = std::ranges::find_if_not(body, is_space);
  if (first == body.end()) {
    return BodyFormat::form;
  }
  const char c = static_cast<char>(*first);
  return c == '{' || c == '[' ? BodyFormat::json : BodyFormat::form;
}

Reading::Reading(const http::Delivery& delivery, Arena& arena)
    : delivery_(delivery), arena_(arena) {}

void Reading::expect(const Locator& locator) {
  if (locator.place == Place::body) {
    expect(locator.pointer);
  }
}

void Reading::expect(const json::Pointer& pointer) {
  if (fields_expected_ < fields_max && find_field(pointer) == nullptr) {
    fields_[fields_expected_++] = {.pointer = pointer, .located = {}};
  }
}

Located Reading::value_at(const Locator& locator) {
  std::array<std::string_view, 1> values;
  std::size_t found = 0;
  if (locator.separator == 0) {
    const Located whole = whole_text(locator);
    if (whole.presence != Presence::one || (locator.pair == 0 && locator.prefix.empty())) {
      return whole;
    }
    return cut_item(locator, whole.text);
  }
  const Presence presence = values_at(locator, values, found);
  return {.presence = presence, .text = values[0]};
}

Located Reading::value_at(const json::Pointer& pointer) {
  expect(pointer);
  read_fields();
  if (body_is_malformed_) {
    return malformed();
  }
  if (const Field* field = find_field(pointer); field != nullptr) {
    return field->located;
  }
  return only_field(delivery_.body, pointer);
}

Located Reading::only_field(Bytes json, const json::Pointer& pointer) {
  json::Value value{};
  if (!json::extract(json, {&pointer, 1}, {&value, 1}, arena_).has_value()) {
    body_is_malformed_ = true;
    return malformed();
  }
  return json_text(value);
}

Presence Reading::values_at(const Locator& locator, std::span<std::string_view> values,
                            std::size_t& found) {
  found = 0;
  const Located whole = whole_text(locator);
  if (whole.presence != Presence::one || whole.type != json::Type::string) {
    return whole.presence == Presence::absent ? Presence::absent : Presence::malformed;
  }
  std::string_view rest = whole.text;
  do {
    const std::string_view item =
        locator.separator == 0 ? std::exchange(rest, {}) : cut(rest, locator.separator);
    const Located value = cut_item(locator, item);
    if (value.presence == Presence::absent) {
      continue;
    }
    if (value.presence == Presence::malformed || found == values.size()) {
      return Presence::malformed;
    }
    values[found++] = value.text;
  } while (rest.data() != nullptr);
  return found == 0 ? Presence::absent : Presence::one;
}

const std::span<http::FormField>* Reading::form() {
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

Located Reading::whole_text(const Locator& locator) {
  switch (locator.place) {
    case Place::none:
      return {};
    case Place::header:
    case Place::query:
      return text_at(locator.place, locator.name);
    case Place::form:
      return if_short(form_text(locator));
    case Place::body:
      return text_at(locator.pointer);
  }
  trap();
}

Located Reading::text_at(Place place, std::string_view name) {
  return if_short(place == Place::header ? header_text(name) : query_text(name));
}

Located Reading::text_at(const json::Pointer& pointer) { return if_short(value_at(pointer)); }

Located Reading::header_text(std::string_view name) const {
  const http::Header* header = http::find_header(delivery_.headers, name);
  if (header == nullptr) {
    return {};
  }
  return http::is_header_text(header->value) ? one(header->value) : malformed();
}

Located Reading::query_text(std::string_view name) {
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

Located Reading::form_text(const Locator& locator) {
  const std::span<http::FormField>* fields = form();
  if (fields == nullptr) {
    return malformed();
  }
  Located located;
  for (const http::FormField& field : *fields) {
    if (field.name != locator.name) {
      continue;
    }
    if (located.presence != Presence::absent) {
      return malformed();
    }
    located = one(field.value);
  }
  if (located.presence != Presence::one || !locator.has_pointer) {
    return located;
  }
  return only_field(bytes_of(located.text), locator.pointer);
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

const Reading::Field* Reading::find_field(const json::Pointer& pointer) const {
  for (std::size_t i = 0; i < fields_expected_; ++i) {
    if (is_same(fields_[i].pointer, pointer)) {
      return &fields_[i];
    }
  }
  return nullptr;
}

void Reading::read_fields() {
  while (fields_read_ < fields_expected_ && !body_is_malformed_) {
    std::array<json::Pointer, json::pointers_max> pointers;
    std::array<json::Value, json::pointers_max> values;
    const std::size_t count = std::min(fields_expected_ - fields_read_, json::pointers_max);
    for (std::size_t i = 0; i < count; ++i) {
      pointers[i] = fields_[fields_read_ + i].pointer;
    }
    if (!json::extract(delivery_.body, std::span(pointers).first(count),
                       std::span(values).first(count), arena_)
             .has_value()) {
      body_is_malformed_ = true;
      return;
    }
    for (std::size_t i = 0; i < count; ++i) {
      fields_[fields_read_ + i].located = json_text(values[i]);
    }
    fields_read_ += count;
  }
}

}  // namespace postern::scheme
