#include <arpa/inet.h>

#include <algorithm>
#include <cctype>
#include <cstring>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "fuzz/fuzz_check.h"
#include "fuzz/fuzz_input.h"
#include "harness/host/text_forms.h"
#include "postern/base/arena.h"
#include "postern/encoding/base64.h"
#include "postern/encoding/hex.h"
#include "postern/encoding/utf8.h"
#include "postern/http/address.h"
#include "postern/http/form.h"
#include "postern/http/url.h"

// What takes texts of strangers apart, beside second decoders written here or taken from the
// platform.

namespace postern::fuzz {
namespace {

using Field = std::pair<std::string, std::string>;

std::optional<std::string> decode_component(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i] == '+' ? ' ' : text[i];
      continue;
    }
    const auto byte = harness::from_hex(text.substr(i + 1, 2));
    if (!byte.has_value() || byte->size() != 1) {
      return std::nullopt;
    }
    decoded += *byte;
    i += 2;
  }
  // The writer of JSON refuses what is not UTF-8.
  try {
    static_cast<void>(nlohmann::json(decoded).dump());
  } catch (const nlohmann::json::type_error&) {
    return std::nullopt;
  }
  return decoded.contains('\0') ? std::nullopt : std::optional(decoded);
}

std::optional<std::vector<Field>> decode_form(std::string_view body) {
  std::vector<Field> fields;
  if (body.empty()) {
    return fields;
  }
  for (std::size_t from = 0; from <= body.size();) {
    const std::size_t end = std::min(body.find('&', from), body.size());
    const std::string_view pair = body.substr(from, end - from);
    const std::size_t equals = pair.find('=');
    if (equals == 0 || equals == pair.npos) {
      return std::nullopt;
    }
    const auto name = decode_component(pair.substr(0, equals));
    const auto value = decode_component(pair.substr(equals + 1));
    if (!name.has_value() || !value.has_value()) {
      return std::nullopt;
    }
    fields.emplace_back(*name, *value);
    from = end + 1;
  }
  return fields;
}

void check_form(std::string_view body) {
  std::vector<std::byte> storage(body.size() + (std::size_t{64} << 10));
  Arena arena(storage);
  const auto parsed = http::parse_form(body, arena);
  const auto wanted = decode_form(body);
  if (!parsed.has_value()) {
    const bool are_too_many =
        std::ranges::count(body, '&') >= std::ptrdiff_t{http::form_fields_max};
    FUZZ_CHECK(are_too_many || !wanted.has_value(), body);
    return;
  }
  FUZZ_CHECK(wanted.has_value() && parsed->size() == wanted->size(), body);
  for (std::size_t i = 0; i < wanted->size(); ++i) {
    const auto& [name, value] = wanted->at(i);
    FUZZ_CHECK((*parsed)[i].name == name && (*parsed)[i].value == value, body);
    const auto same = std::ranges::count(*wanted, name, &Field::first);
    FUZZ_CHECK(std::cmp_equal(http::count_fields(*parsed, name), same), body);
    FUZZ_CHECK(http::only_field(*parsed, name).has_value() == (same == 1), body);
  }
  std::vector<Field> sorted = *wanted;
  std::ranges::sort(sorted);
  sorted.erase(std::ranges::unique(sorted).begin(), sorted.end());
  const auto to_sign = http::sort_for_signing(*parsed, arena);
  FUZZ_CHECK(std::ranges::equal(to_sign, sorted,
                                [](const http::FormField& left, const Field& right) {
                                  return left.name == right.first && left.value == right.second;
                                }),
             body);
}

/// The parts of a URL, put together, are the URL.
void check_url(std::string_view text) {
  const auto url = http::parse_url(text);
  if (!url.has_value()) {
    FUZZ_CHECK(!http::is_destination(text, http::PrivateOrigins::allowed), text);
    return;
  }
  std::string whole = std::string(url->scheme) + "://";
  whole += url->user.empty() ? "" : std::string(url->user) + "@";
  whole += url->host;
  whole += url->port.empty() ? "" : ":" + std::string(url->port);
  whole += url->path;
  whole += url->query.empty() ? "" : "?" + std::string(url->query);
  // An empty part may stand there with its mark.
  FUZZ_CHECK(whole.size() <= text.size() && whole.size() + 3 >= text.size(), text);
  FUZZ_CHECK(whole.size() != text.size() || whole == text, text);
  FUZZ_CHECK(url->scheme == "https" || url->scheme == "http", text);
  FUZZ_CHECK(!url->host.empty() && url->host.find_first_of("/?#@\\") == url->host.npos, text);
  if (http::is_destination(text, http::PrivateOrigins::refused)) {
    FUZZ_CHECK(url->scheme == "https" && url->user.empty() && http::is_host_name(url->host), text);
    in6_addr room;
    const std::string host(url->host);
    FUZZ_CHECK(inet_aton(host.c_str(), reinterpret_cast<in_addr*>(&room)) == 0, text);
    FUZZ_CHECK(http::is_destination(text, http::PrivateOrigins::allowed), text);
  }
}

/// The platform reads every address that we do, to the same bytes.
void check_address(std::string_view text) {
  const auto address = http::parse_address(text);
  const std::string zero_ended(text);
  if (text.contains('\0')) {
    FUZZ_CHECK(!address.has_value(), text);
    return;
  }
  http::Address wanted{};
  bool is_address = inet_pton(AF_INET6, zero_ended.c_str(), wanted.data()) == 1;
  if (!is_address) {
    wanted = {};
    wanted[10] = wanted[11] = std::byte{0xFF};
    is_address = inet_pton(AF_INET, zero_ended.c_str(), wanted.data() + 12) == 1;
  }
  FUZZ_CHECK(address.has_value() == is_address, text);
  FUZZ_CHECK(!is_address || *address == wanted, text);
}

void check_utf8(std::string_view text) {
  bool is_utf8 = true;
  try {
    static_cast<void>(nlohmann::json(text).dump());
  } catch (const nlohmann::json::type_error&) {
    is_utf8 = false;
  }
  FUZZ_CHECK(encoding::is_utf8(bytes_of(text)) == is_utf8, text);
}

void run(Input input) {
  const std::uint8_t kind = input.u8();
  const std::string exact(input.rest());
  switch (kind % 4) {
    case 0:
      check_form(exact);
      break;
    case 1:
      check_url(exact);
      break;
    case 2:
      check_address(exact);
      break;
    default:
      check_utf8(exact);
  }
}

}  // namespace
}  // namespace postern::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  postern::fuzz::run({data, size});
  return 0;
}
