#include "harness/sender/content.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "harness/host/cryptography.h"
#include "harness/host/text_forms.h"
#include "harness/sender/scheme_forms.h"
#include "postern/base/check.h"

namespace postern::harness {
namespace {

std::string decode_form_text(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      if (const auto byte = from_hex(text.substr(i + 1, 2))) {
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

/// The first value of `name` in a query or a form.
std::optional<std::string> find_parameter(std::string_view text, std::string_view name) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('&'), text.size());
    const std::string_view field = text.substr(0, end);
    const std::size_t equals = std::min(field.find('='), field.size());
    if (equals < field.size() && decode_form_text(field.substr(0, equals)) == name) {
      return decode_form_text(field.substr(equals + 1));
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return std::nullopt;
}

SenderText header_value(const Delivery& delivery, std::string_view name) {
  for (const Header& header : fold_headers(delivery.headers)) {
    if (header.name == name) {
      return header.value;
    }
  }
  return cannot_sign(OrderPart::headers, "the scheme signs the header `" + std::string(name) +
                                             "`, and the delivery has none");
}

/// A parameter of a query or a form, once and decoded.
SenderText parameter(std::string_view text, std::string_view name, OrderPart part) {
  const auto found = find_parameter(text, name);
  return found.has_value()
             ? SenderText(*found)
             : cannot_sign(part, "the scheme signs the parameter `" + std::string(name) +
                                     "`, and the delivery has none");
}

SenderText body_field(const std::string& body, const nlohmann::json::json_pointer& place) {
  const nlohmann::json json = nlohmann::json::parse(body, nullptr, false);
  if (json.is_discarded() || !json.contains(place)) {
    return cannot_sign(OrderPart::body, "the scheme signs the field " + place.to_string() +
                                            ", and the body has none");
  }
  const nlohmann::json& field = json.at(place);
  return field.is_string() ? field.get<std::string>() : field.dump();
}

SenderText url_with_query(const ContentValues& values) {
  if (values.url.empty()) {
    return cannot_sign(OrderPart::url, "the scheme signs the address: give the source's `url`");
  }
  return values.delivery.query.empty() ? values.url : values.url + "?" + values.delivery.query;
}

SenderText path(const Delivery& delivery) {
  return delivery.path.empty()
             ? cannot_sign(OrderPart::url, "the scheme signs the path: give the address")
             : SenderText(delivery.path);
}

SenderText render_part(const scheme::Part& part, const ContentValues& values) {
  const Delivery& delivery = values.delivery;
  switch (part.kind) {
    case scheme::PartKind::literal:
      return std::string(part.text);
    case scheme::PartKind::body:
      return delivery.body;
    case scheme::PartKind::timestamp:
      return values.timestamp;
    case scheme::PartKind::id:
      return values.id;
    case scheme::PartKind::header:
      return header_value(delivery, part.text);
    case scheme::PartKind::method:
      return delivery.method;
    case scheme::PartKind::url:
      return url_with_query(values);
    case scheme::PartKind::path:
      return path(delivery);
    case scheme::PartKind::query:
      return delivery.query;
    case scheme::PartKind::parameter:
      return parameter(delivery.query, part.text, OrderPart::none);
    case scheme::PartKind::form_field:
      return parameter(delivery.body, part.text, OrderPart::body);
    case scheme::PartKind::number:
    case scheme::PartKind::truth:
    case scheme::PartKind::field:
      return body_field(delivery.body, pointer_of(part.pointer));
    case scheme::PartKind::form_sorted:
      return sorted_form(delivery.body);
    case scheme::PartKind::sha256_body:
      return to_hex(digest(Hash::sha256, delivery.body).value());
    case scheme::PartKind::crc32_body:
      return std::to_string(crc32(delivery.body));
    case scheme::PartKind::secret:
      return values.secret;
  }
  trap();
}

}  // namespace

SenderText render_content(std::span<const scheme::Part> content, const ContentValues& values) {
  std::string text;
  const auto lacks_one = [&](std::uint8_t optional) {
    return std::ranges::any_of(content, [&](const scheme::Part& part) {
      return part.optional == optional && !render_part(part, values).has_value();
    });
  };
  for (const scheme::Part& part : content) {
    if (part.optional != 0 && lacks_one(part.optional)) {
      continue;
    }
    const SenderText rendered = render_part(part, values);
    if (!rendered.has_value()) {
      return rendered;
    }
    text += *rendered;
  }
  return text;
}

}  // namespace postern::harness
