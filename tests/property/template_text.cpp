#include "property/template_text.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>
#include <utility>

#include "harness/host/cryptography.h"
#include "harness/host/text_forms.h"

namespace postern::property {
namespace {

using harness::Delivery;
using harness::Hash;
using harness::Header;

std::string decode_form_text(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      if (const auto byte = harness::from_hex(text.substr(i + 1, 2))) {
        decoded += *byte;
        i += 2;
        continue;
      }
    }
    decoded.push_back(text[i] == '+' ? ' ' : text[i]);
  }
  return decoded;
}

/// Names and values, sorted, each pair once, nothing between them.
std::string sorted_form(std::string_view body) {
  std::set<std::pair<std::string, std::string>> fields;
  while (!body.empty()) {
    const std::size_t end = std::min(body.find('&'), body.size());
    const std::string_view field = body.substr(0, end);
    if (!field.empty()) {
      const std::size_t equals = std::min(field.find('='), field.size());
      const std::string_view value = field.substr(std::min(equals + 1, field.size()));
      fields.emplace(decode_form_text(field.substr(0, equals)), decode_form_text(value));
    }
    body.remove_prefix(std::min(end + 1, body.size()));
  }
  std::string text;
  for (const auto& [name, value] : fields) {
    text += name + value;
  }
  return text;
}

/// CRC-32 of IEEE 802.3, bit by bit.
std::uint32_t crc32(std::string_view bytes) {
  std::uint32_t remainder = 0xFFFFFFFFU;
  for (const char character : bytes) {
    remainder ^= static_cast<unsigned char>(character);
    for (int bit = 0; bit < 8; ++bit) {
      remainder = (remainder >> 1U) ^ ((remainder & 1U) != 0 ? 0xEDB88320U : 0U);
    }
  }
  return ~remainder;
}

std::string header_value(const Delivery& delivery, std::string_view name) {
  for (const Header& header : harness::fold_headers(delivery.headers)) {
    if (header.name == name) {
      return header.value;
    }
  }
  throw std::runtime_error("the scheme signs the header `" + std::string(name) +
                           "`, and the delivery has none");
}

std::string body_field(const std::string& body, const std::string& pointer) {
  const nlohmann::json json = nlohmann::json::parse(body, nullptr, false);
  const nlohmann::json::json_pointer place(pointer);
  if (json.is_discarded() || !json.contains(place)) {
    throw std::runtime_error("the scheme signs the field " + pointer + ", and the body has none");
  }
  const nlohmann::json& field = json.at(place);
  return field.is_string() ? field.get<std::string>() : field.dump();
}

/// The first parameter of that name, of a query or a form.
std::string parameter(std::string_view text, std::string_view name) {
  while (!text.empty()) {
    const std::string_view field = text.substr(0, text.find('&'));
    const std::size_t equals = field.find('=');
    if (equals != std::string_view::npos && decode_form_text(field.substr(0, equals)) == name) {
      return decode_form_text(field.substr(equals + 1));
    }
    text.remove_prefix(std::min(field.size() + 1, text.size()));
  }
  throw std::runtime_error("the scheme signs the parameter `" + std::string(name) + "`");
}

std::string url_with_query(const ContentValues& values) {
  if (values.url.empty()) {
    throw std::runtime_error("the scheme signs the address: give the source's `url`");
  }
  return values.delivery.query.empty() ? values.url : values.url + "?" + values.delivery.query;
}

std::string render_placeholder(std::string_view name, const ContentValues& values) {
  const Delivery& delivery = values.delivery;
  if (name.ends_with(']')) {
    name = name.substr(0, name.find(" ["));  // What the part may be made of is not part of it.
  }
  if (name == "body") {
    return delivery.body;
  }
  if (name == "timestamp") {
    return values.timestamp;
  }
  if (name == "id") {
    return values.id;
  }
  if (name == "method") {
    return delivery.method;
  }
  if (name == "url") {
    return url_with_query(values);
  }
  if (name == "path") {
    return delivery.path;
  }
  if (name == "query") {
    return delivery.query;
  }
  if (name == "secret") {
    return values.secret;
  }
  if (name == "form:sorted") {
    return sorted_form(delivery.body);
  }
  if (name == "sha256:body") {
    return harness::to_hex(harness::digest(Hash::sha256, delivery.body).value());
  }
  if (name == "crc32:body") {
    return std::to_string(crc32(delivery.body));
  }
  if (name.starts_with("header:")) {
    return header_value(delivery, name.substr(7));
  }
  if (name.starts_with("query:")) {
    return parameter(delivery.query, name.substr(6));
  }
  if (name.starts_with("form:")) {
    return parameter(delivery.body, name.substr(5));
  }
  for (const std::string_view lead : {"field:", "number:", "truth:"}) {
    if (name.starts_with(lead)) {
      return body_field(delivery.body, std::string(name.substr(lead.size())));
    }
  }
  throw std::runtime_error("the scheme's content has a placeholder that does not exist: {" +
                           std::string(name) + "}");
}

}  // namespace

std::string render_content(std::string_view pattern, const ContentValues& values) {
  std::string content;
  while (!pattern.empty()) {
    if (pattern.starts_with("{{") || pattern.starts_with("}}")) {
      content.push_back(pattern.front());
      pattern.remove_prefix(2);
      continue;
    }
    if (pattern.front() != '{') {
      content.push_back(pattern.front());
      pattern.remove_prefix(1);
      continue;
    }
    if (pattern.starts_with("{[}")) {
      const std::size_t behind = pattern.find("{]}");
      try {
        content += render_content(pattern.substr(3, behind - 3), values);
      } catch (const std::runtime_error&) {
        // One of its values is not there, so all of it is left out.
      }
      pattern.remove_prefix(behind + 3);
      continue;
    }
    const std::size_t end = pattern.find('}');
    if (end == std::string_view::npos) {
      throw std::runtime_error("the scheme's content has an open brace without its end");
    }
    content += render_placeholder(pattern.substr(1, end - 1), values);
    pattern.remove_prefix(end + 1);
  }
  return content;
}

}  // namespace postern::property
