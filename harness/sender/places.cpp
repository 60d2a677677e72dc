#include "harness/sender/places.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "harness/sender/scheme_forms.h"

namespace postern::harness {
namespace {

using Json = nlohmann::ordered_json;

/// What stands for an item of a list that the scheme leaves out.
constexpr std::string_view unread_item = "-";

/// An item of a list, with what separates it from the one before it.
struct Item {
  std::string before;
  std::string text;
};

/// All of `text` as items; one where nothing separates them.
std::vector<Item> items_of(const std::string& text, std::string_view separators, bool has_blanks) {
  std::vector<Item> items = {{}};
  for (const char character : text) {
    if (separators.contains(character)) {
      items.push_back({.before = std::string(1, character), .text = {}});
    } else if (has_blanks && character == ' ' && items.size() > 1 && items.back().text.empty()) {
      items.back().before += character;
    } else {
      items.back().text += character;
    }
  }
  return items;
}

std::string joined(const std::vector<Item>& items) {
  std::string text;
  for (std::size_t i = 0; i < items.size(); ++i) {
    text += (i == 0 ? "" : items[i].before) + items[i].text;
  }
  return text;
}

/// What stands before the value in an item of the wanted key; nothing for another item.
std::optional<std::string> lead_in(const scheme::Locator& place, const std::string& item) {
  std::string lead = lead_of(place);
  if (place.item == scheme::any_item) {
    const std::size_t key = item.find(place.pair);
    lead = key == std::string::npos ? lead : item.substr(0, key + 1) + std::string(place.prefix);
  }
  return item.starts_with(lead) ? std::optional(lead) : std::nullopt;
}

/// The text with its items edited; nothing when none is left.
std::optional<std::string> edited_items(const scheme::Locator& place, const ValueEdit& edit,
                                        const std::string& text) {
  std::vector<Item> items;
  std::size_t number = 0;
  for (Item& item : items_of(text, separators_of(place), place.has_blanks)) {
    ++number;
    const bool is_counted =
        number > place.skip && (place.take == 0 || number <= place.skip + place.take);
    const auto lead = is_counted ? lead_in(place, item.text) : std::nullopt;
    const auto value = lead.has_value() ? edit(item.text.substr(lead->size())) : std::nullopt;
    if (!lead.has_value() || value.has_value()) {
      item.text = lead.has_value() ? *lead + *value : item.text;
      items.push_back(std::move(item));
    }
  }
  return items.empty() ? std::nullopt : std::optional(joined(items));
}

void edit_headers(const scheme::Locator& place, const ValueEdit& edit,
                  std::vector<Header>& headers) {
  std::vector<Header> edited;
  for (const Header& header : headers) {
    if (!same_name(header.name, place.name)) {
      edited.push_back(header);
    } else if (const auto value = edited_items(place, edit, header.value)) {
      edited.push_back({header.name, *value});
    }
  }
  headers = std::move(edited);
}

/// Of a query or a form, whose values are taken as they are written.
void edit_parameters(const scheme::Locator& place, const ValueEdit& edit, std::string& text) {
  const std::string lead = std::string(place.name) + "=";
  std::vector<Item> parameters;
  for (Item& parameter : items_of(text, "&", false)) {
    if (parameter.text.starts_with(lead)) {
      const auto value = edited_items(place, edit, parameter.text.substr(lead.size()));
      if (!value.has_value()) {
        continue;
      }
      parameter.text = lead + *value;
    }
    parameters.push_back(std::move(parameter));
  }
  text = joined(parameters);
}

void edit_json(const scheme::Locator& place, const ValueEdit& edit, std::string& body) {
  Json document = Json::parse(body, nullptr, false);
  const Json::json_pointer pointer = pointer_of(place.pointer);
  if (document.is_discarded() || pointer.empty() || !document.contains(pointer)) {
    return;
  }
  const Json& value = document.at(pointer);
  const std::string text = value.is_string() ? value.get<std::string>() : value.dump();
  const auto edited = edited_items(place, edit, text);
  if (edited == text) {
    return;
  }
  if (edited.has_value()) {
    document[pointer] = *edited;
  } else {
    Json& parent = document[pointer.parent_pointer()];
    parent.is_array() ? parent.erase(std::stoul(pointer.back()))
                      : (void)parent.erase(pointer.back());
  }
  body = document.dump();
}

}  // namespace

void edit_values(const scheme::Locator& place, const ValueEdit& edit, Delivery& delivery) {
  switch (place.place) {
    case scheme::Place::header:
      edit_headers(place, edit, delivery.headers);
      return;
    case scheme::Place::query:
      edit_parameters(place, edit, delivery.query);
      return;
    case scheme::Place::form:
      if (!place.has_pointer) {
        edit_parameters(place, edit, delivery.body);
      }
      return;
    case scheme::Place::body:
      edit_json(place, edit, delivery.body);
      return;
    case scheme::Place::none:
      return;
  }
}

Writing writing_of(scheme::Place place) {
  switch (place) {
    case scheme::Place::header:
      return Writing::replaces;
    case scheme::Place::query:
      return Writing::appends;
    case scheme::Place::body:
    case scheme::Place::form:
    case scheme::Place::none:
      return Writing::never;
  }
  return Writing::never;
}

void Placement::put(const scheme::Locator& locator, const std::string& value, Delivery& delivery) {
  const std::string name(locator.name);
  const std::string text = lead_of(locator) + value;
  if (locator.place == scheme::Place::header) {
    const std::string separator = locator.separator == '\0' ? ","
                                                            : std::string(1, locator.separator) +
                                                                  (locator.has_blanks ? " " : "");
    put_header(locator, text, separator, delivery);
  } else if (locator.place == scheme::Place::query) {
    put_parameter(name, text, delivery);
  }
}

void Placement::put_parameter(const std::string& name, const std::string& text,
                              Delivery& delivery) {
  if (std::ranges::find(written_, "?" + name) == written_.end()) {
    const scheme::Locator place{.place = scheme::Place::query, .name = name};
    edit_parameters(place, [](const std::string&) { return std::nullopt; }, delivery.query);
    written_.push_back("?" + name);
  }
  delivery.query += (delivery.query.empty() ? "" : "&") + name + "=" + text;
}

void Placement::put_header(const scheme::Locator& locator, const std::string& text,
                           const std::string& separator, Delivery& delivery) {
  const std::string name(locator.name);
  std::size_t items = 0;
  if (std::ranges::find(written_, name) == written_.end()) {
    std::erase_if(delivery.headers,
                  [&](const Header& header) { return same_name(header.name, name); });
    delivery.headers.push_back({name, {}});
    written_.push_back(name);
  } else {
    const auto header = std::ranges::find(delivery.headers, name, &Header::name);
    items = items_of(header->value, separators_of(locator), locator.has_blanks).size();
  }
  std::string& value = std::ranges::find(delivery.headers, name, &Header::name)->value;
  for (; items < locator.skip; ++items) {
    value += (items == 0 ? "" : separator) + std::string(unread_item);
  }
  value += (items == 0 ? "" : separator) + text;
}

std::vector<std::string> values_at(const scheme::Locator& place, const Delivery& delivery) {
  std::vector<std::string> values;
  Delivery copy = delivery;
  const auto note = [&values](const std::string& value) {
    values.push_back(value);
    return std::optional(value);
  };
  edit_values(place, note, copy);
  return values;
}

bool repeat_place(const scheme::Locator& place, Delivery& delivery) {
  if (place.place == scheme::Place::header) {
    const auto found = std::ranges::find_if(
        delivery.headers, [&](const Header& header) { return same_name(header.name, place.name); });
    if (found == delivery.headers.end()) {
      return false;
    }
    delivery.headers.push_back(Header(*found));
    return true;
  }
  if (place.place != scheme::Place::query && place.place != scheme::Place::form) {
    return false;
  }
  std::string& text = place.place == scheme::Place::query ? delivery.query : delivery.body;
  for (const Item& parameter : items_of(text, "&", false)) {
    if (parameter.text.starts_with(std::string(place.name) + "=")) {
      text += "&" + parameter.text;
      return true;
    }
  }
  return false;
}

}  // namespace postern::harness
