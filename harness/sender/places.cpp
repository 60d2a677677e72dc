#include "harness/sender/places.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "harness/sender/scheme_forms.h"

namespace postern::harness {
namespace {

using Json = nlohmann::ordered_json;

std::vector<std::string> items_of(const std::string& text, char separator) {
  std::vector<std::string> items;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end =
        separator == 0 ? text.size() : std::min(text.find(separator, begin), text.size());
    items.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return items;
}

std::string joined(const std::vector<std::string>& items, char separator) {
  std::string text;
  for (std::size_t i = 0; i < items.size(); ++i) {
    text += (i == 0 ? "" : std::string(1, separator)) + items[i];
  }
  return text;
}

/// The text with its items edited; nothing when none is left.
std::optional<std::string> edited_items(const scheme::Locator& place, const ValueEdit& edit,
                                        const std::string& text) {
  const std::string lead = lead_of(place);
  std::vector<std::string> items;
  for (const std::string& item : items_of(text, place.separator)) {
    if (!item.starts_with(lead)) {
      items.push_back(item);
    } else if (const auto value = edit(item.substr(lead.size()))) {
      items.push_back(lead + *value);
    }
  }
  return items.empty() ? std::nullopt : std::optional(joined(items, place.separator));
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
  std::vector<std::string> parameters;
  for (const std::string& parameter : items_of(text, '&')) {
    if (!parameter.starts_with(lead)) {
      parameters.push_back(parameter);
    } else if (const auto value = edited_items(place, edit, parameter.substr(lead.size()))) {
      parameters.push_back(lead + *value);
    }
  }
  text = joined(parameters, '&');
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
    const std::string separator = separator_of(locator);
    put_header(name, text, separator.empty() ? "," : separator, delivery);
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

void Placement::put_header(const std::string& name, const std::string& text,
                           const std::string& separator, Delivery& delivery) {
  if (std::ranges::find(written_, name) == written_.end()) {
    std::erase_if(delivery.headers,
                  [&](const Header& header) { return same_name(header.name, name); });
    delivery.headers.push_back({name, text});
    written_.push_back(name);
    return;
  }
  const auto header = std::ranges::find(delivery.headers, name, &Header::name);
  header->value += separator + text;
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
  for (const std::string& parameter : items_of(text, '&')) {
    if (parameter.starts_with(std::string(place.name) + "=")) {
      text += "&" + parameter;
      return true;
    }
  }
  return false;
}

}  // namespace postern::harness
