#include "harness/sender/fresh_event.h"

#include <nlohmann/json.hpp>

#include "harness/sender/scheme_table.h"

namespace postern::harness {
namespace {

/// One character of white space per bit.
std::string as_blanks(const std::string& mark) {
  std::string blanks;
  for (const char character : mark) {
    for (unsigned bit = 0; bit < 4; ++bit) {
      const unsigned value = static_cast<unsigned char>(character) >> bit;
      blanks.push_back((value & 1U) != 0 ? '\t' : ' ');
    }
  }
  return blanks;
}

void mark_body(const std::string& mark, std::string& body) {
  if (is_json(body)) {
    body += as_blanks(mark);
  } else {
    body += (body.empty() ? "" : "&") + std::string("mark=") + mark;
  }
}

/// Puts the mark behind the text at `pointer`, in the bytes as they stand. A number stays.
void mark_field(const std::string& pointer, const std::string& mark, std::string& body) {
  const auto json = nlohmann::json::parse(body, nullptr, false);
  const nlohmann::json::json_pointer place(pointer);
  if (json.is_discarded() || !json.contains(place) || !json.at(place).is_string()) {
    return;
  }
  const std::string written = json.at(place).dump();
  const std::size_t found = body.find(written);
  if (found == std::string::npos) {
    return;  // Written with escapes of its own.
  }
  const std::size_t end = found + written.size() - 1;
  const std::size_t replaced = written.size() > marked_characters_kept ? mark.size() : 0;
  body.replace(end - replaced, replaced, mark);
}

/// One identity, or a list of its parts.
std::vector<const toml::node*> identities_of(const toml::table& event) {
  const toml::node* identity = event.get("identity");
  std::vector<const toml::node*> parts;
  if (identity != nullptr && identity->is_array()) {
    for (const toml::node& part : *identity->as_array()) {
      parts.push_back(&part);
    }
  } else if (identity != nullptr) {
    parts.push_back(identity);
  }
  return parts;
}

}  // namespace

Freshness make_fresh_event(const toml::table& scheme, const std::string& mark, Delivery& delivery) {
  bool is_whole_body = false;
  for (const toml::table* event : tables_at(scheme, "event")) {
    for (const toml::node* part : identities_of(*event)) {
      const toml::table* locator = part->as_table();
      if (locator == nullptr) {
        is_whole_body = true;
      } else if (const std::string pointer = text_at(*locator, "body", ""); !pointer.empty()) {
        const std::string before = delivery.body;
        mark_field(pointer, mark, delivery.body);
        if (delivery.body != before) {
          return Freshness::fresh;
        }
      }
    }
  }
  if (is_whole_body) {
    mark_body(mark, delivery.body);
    return Freshness::fresh;
  }
  return Freshness::unchanged;
}

bool name_event(const toml::table& scheme, const std::string& type, std::string& body) {
  for (const toml::table* event : tables_at(scheme, "event")) {
    const toml::table* locator = table_at(*event, "type");
    if (locator == nullptr) {
      continue;
    }
    if (locator->contains("header")) {
      return true;
    }
    const std::string pointer = text_at(*locator, "body", "");
    auto json = nlohmann::ordered_json::parse(body, nullptr, false);
    if (!pointer.empty() && json.is_object()) {
      json[nlohmann::ordered_json::json_pointer(pointer)] = type;
      body = json.dump();
      return true;
    }
  }
  return false;
}

}  // namespace postern::harness
