#include "harness/portable/shown_delivery.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "harness/host/text_forms.h"

namespace postern::harness {
namespace {

bool is_printable(const std::string& text) {
  return std::ranges::all_of(text, [](char character) {
    const auto value = static_cast<unsigned char>(character);
    return value >= 0x20 && value < 0x7F;
  });
}

}  // namespace

std::optional<Header> parse_header(const std::string& text) {
  // RFC 9110, section 5.6.2 and 5.5: another name or value would be read as something else.
  const auto is_of_name = [](char c) {
    const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return is_letter || (c >= '0' && c <= '9') || std::string_view("!#$%&'*+-.^_`|~").contains(c);
  };
  const auto is_of_value = [](char c) {
    return c == '\t' || (static_cast<unsigned char>(c) >= 0x20 && c != '\x7f');
  };
  const std::size_t equals = text.find('=');
  if (equals == 0 || equals == std::string::npos) {
    return std::nullopt;
  }
  Header header{text.substr(0, equals), text.substr(equals + 1)};
  if (!std::ranges::all_of(header.name, is_of_name) ||
      !std::ranges::all_of(header.value, is_of_value)) {
    return std::nullopt;
  }
  return header;
}

std::string_view type_of_body(const std::string& body) {
  const bool is_json = nlohmann::json::accept(body);
  const bool is_form = !is_json && body.contains('=') && !body.starts_with('<') &&
                       body.find_first_of(" \r\n\t\"{") == std::string::npos;
  return is_json ? "application/json" : is_form ? "application/x-www-form-urlencoded" : "";
}

std::string curl_command(const Delivery& delivery, const std::string& url) {
  const std::string target = delivery.query.empty() ? url : url + "?" + delivery.query;
  std::string command = fmt::format("curl -sS -i -X {} {} -g --path-as-is",
                                    in_quotes(delivery.method), in_quotes(target));
  bool has_type = false;
  for (const Header& header : delivery.headers) {
    // For curl, a name without a value takes a header away; a semicolon sends it empty.
    command += " -H " + in_quotes(header.value.empty() ? header.name + ";"
                                                       : header.name + ": " + header.value);
    has_type = has_type || fold_headers({header}).front().name == "content-type";
  }
  if (!has_type) {
    // Without one, curl would call it a form.
    const std::string_view type = type_of_body(delivery.body);
    command +=
        " -H " + (type.empty() ? "'content-type;'" : fmt::format("'content-type: {}'", type));
  }
  // `--data-binary` would read a file for a body that begins with `@`.
  if (is_printable(delivery.body) && !delivery.body.starts_with('@')) {
    return command + " --data-binary " + in_quotes(delivery.body);
  }
  return fmt::format("printf %s {} | base64 -d | {} --data-binary @-", to_base64(delivery.body),
                     command);
}

std::string as_headers(const Delivery& delivery) {
  std::string text;
  for (const Header& header : delivery.headers) {
    text += header.name + ": " + header.value + "\n";
  }
  return text;
}

std::string as_json(const Delivery& delivery) {
  nlohmann::ordered_json headers = nlohmann::ordered_json::array();
  for (const Header& header : delivery.headers) {
    headers.push_back({header.name, header.value});
  }
  return nlohmann::ordered_json{{"method", delivery.method},
                                {"query", delivery.query},
                                {"headers", headers},
                                {"body_base64", to_base64(delivery.body)}}
             .dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) +
         "\n";
}

std::string in_quotes(const std::string& text) {
  std::string result = "'";
  for (const char character : text) {
    result += character == '\'' ? "'\\''" : std::string(1, character);
  }
  return result + "'";
}

std::string shell_quoted(const std::string& text) {
  const auto is_plain = [](char c) {
    return std::string_view("@%+=:,./-_").contains(c) || (c >= '0' && c <= '9') ||
           (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  };
  if (!text.empty() && std::ranges::all_of(text, is_plain)) {
    return text;
  }
  return in_quotes(text);
}

}  // namespace postern::harness
