#include "harness/sender/fresh_event.h"

#include <nlohmann/json.hpp>

#include "harness/sender/places.h"
#include "harness/sender/scheme_forms.h"

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

/// Six decimal digits that stand for the mark, which is hex.
std::string as_digits(const std::string& mark) {
  std::uint64_t value = 0;
  for (const char character : mark) {
    const bool is_letter = character >= 'a';
    value = (value * 16 + static_cast<unsigned char>(character - (is_letter ? 'a' - 10 : '0'))) %
            1'000'000;
  }
  const std::string digits = std::to_string(value);
  return std::string(6 - digits.size(), '0') + digits;
}

/// Puts digits behind the whole number that is the value of `key`, in the bytes as they stand.
void mark_number(const std::string& key, const std::string& number, const std::string& mark,
                 std::string& body) {
  const std::string written = nlohmann::json(key).dump() + ":";
  const std::size_t found = body.find(written);
  if (found == std::string::npos) {
    return;  // Written with blanks or escapes of its own.
  }
  const std::size_t begin = body.find_first_not_of(" \t\r\n", found + written.size());
  if (begin != std::string::npos && body.compare(begin, number.size(), number) == 0) {
    body.insert(begin + number.size(), as_digits(mark));
  }
}

/// Puts the mark behind the text at `place`, in the bytes as they stand, and digits of it behind a
/// whole number.
void mark_field(const nlohmann::json::json_pointer& place, const std::string& mark,
                std::string& body) {
  const auto json = nlohmann::json::parse(body, nullptr, false);
  if (json.is_discarded() || place.empty() || !json.contains(place)) {
    return;
  }
  if (json.at(place).is_number_integer()) {
    mark_number(place.back(), json.at(place).dump(), mark, body);
    return;
  }
  if (!json.at(place).is_string()) {
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

/// Whether a value may be put at `place`: what is not there yet is made, and a text has no members.
bool can_have(const nlohmann::ordered_json& json, const json::Pointer& place) {
  const nlohmann::ordered_json* parent = &json;
  for (const std::string_view token : place.tokens) {
    if (!parent->is_object()) {
      return false;
    }
    const auto member = parent->find(std::string(token));
    if (member == parent->end()) {
      return true;
    }
    parent = &*member;
  }
  return true;
}

}  // namespace

Freshness make_fresh_event(const scheme::Scheme& scheme, const std::string& mark,
                           Delivery& delivery) {
  bool is_whole_body = false;
  for (const scheme::EventRule& event : scheme.events) {
    for (const scheme::IdentityPart& part : event.identity) {
      if (part.kind != scheme::IdentityKind::locator) {
        is_whole_body = true;
      } else if (part.at.place == scheme::Place::body) {
        const std::string before = delivery.body;
        mark_field(pointer_of(part.at.pointer), mark, delivery.body);
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

bool name_event(const scheme::Scheme& scheme, const std::string& type, std::string& body) {
  for (const scheme::EventRule& event : scheme.events) {
    if (writing_of(event.type.place) == Writing::replaces) {
      return true;
    }
    auto json = nlohmann::ordered_json::parse(body, nullptr, false);
    if (event.type.place == scheme::Place::body && !json.is_discarded() &&
        can_have(json, event.type.pointer)) {
      const nlohmann::ordered_json::json_pointer place(pointer_of(event.type.pointer).to_string());
      if (!json.contains(place) || json.at(place) != type) {
        json[place] = type;
        body = json.dump();
      }
      return true;
    }
  }
  return false;
}

}  // namespace postern::harness
