#include "scheme/certificate.h"

#include <algorithm>
#include <array>

#include "encoding/base64.h"
#include "encoding/rfc3339.h"
#include "http/url.h"
#include "scheme/der.h"

namespace postern::scheme {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t rsa_modulus_bytes_min = 256;

/// A key of 8192 bits takes 1,062 bytes. Every check of a delivery carries the key to the host.
constexpr std::size_t key_info_bytes_max = 1200;
constexpr std::uint8_t der_context_0 = 0xA0;

// Object identifiers, encoded: rsaEncryption (RFC 8017) and commonName (X.520).
constexpr std::array<std::uint8_t, 9> rsa_encryption = {0x2A, 0x86, 0x48, 0x86, 0xF7,
                                                        0x0D, 0x01, 0x01, 0x01};
constexpr std::array<std::uint8_t, 3> common_name = {0x55, 0x04, 0x03};

bool is_object(const std::optional<DerElement>& element, std::span<const std::uint8_t> id) {
  return element.has_value() && element->tag == der_object_id &&
         std::ranges::equal(element->content, id, [](std::byte a, std::uint8_t b) {
           return std::to_integer<int>(a) == b;
         });
}

bool is_path_character(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
         c == '_' || c == '/' || c == '.';
}

std::optional<Bytes> first_certificate(std::string_view pem, Arena& arena) {
  constexpr std::string_view begin = "-----BEGIN CERTIFICATE-----";
  constexpr std::string_view end = "-----END CERTIFICATE-----";
  const std::size_t from = pem.find(begin);
  if (from == pem.npos) {
    return std::nullopt;
  }
  const std::string_view rest = pem.substr(from + begin.size());
  const std::string_view lines = rest.substr(0, rest.find(end));
  const std::span<char> room = arena.make_chars(lines.size());
  std::size_t count = 0;
  for (const char c : lines) {
    if (c != '\n' && c != '\r') {
      room[count++] = c;
    }
  }
  const auto decoded = encoding::decode_base64(
      {room.data(), count}, encoding::Base64Alphabet::standard, arena.make_bytes(count));
  return decoded.has_value() ? std::optional<Bytes>(*decoded) : std::nullopt;
}

/// A UTCTime or GeneralizedTime, rewritten as RFC 3339 to be read by the one decoder there is.
std::optional<std::int64_t> time_of(const std::optional<DerElement>& element) {
  if (!element.has_value()) {
    return std::nullopt;
  }
  const std::string_view text = text_of(element->content);
  std::array<char, 20> room{};  // YYYY-MM-DDTHH:MM:SSZ
  std::string_view year_prefix;
  if (element->tag == der_utc_time && text.size() == 13) {
    year_prefix = text[0] >= '5' ? "19" : "20";  // RFC 5280, section 4.1.2.5.1.
  } else if (element->tag != der_generalized_time || text.size() != 15) {
    return std::nullopt;
  }
  auto at = std::ranges::copy(year_prefix, room.begin()).out;
  std::string_view rest = text;
  const std::size_t year_digits = 4 - year_prefix.size();
  at = std::ranges::copy(rest.substr(0, year_digits), at).out;
  rest.remove_prefix(year_digits);
  for (const char before : std::string_view("--T::")) {
    *at++ = before;
    at = std::ranges::copy(rest.substr(0, 2), at).out;
    rest.remove_prefix(2);
  }
  *at = rest.front();
  return encoding::decode_rfc3339({room.data(), room.size()});
}

bool is_valid_at(const std::optional<DerElement>& validity, std::int64_t now_seconds) {
  if (!validity.has_value()) {
    return false;
  }
  DerReader times(validity->content);
  const auto from = time_of(times.next());
  const auto until = time_of(times.next());
  return from.has_value() && until.has_value() && *from <= now_seconds && now_seconds <= *until;
}

bool has_name(const std::optional<DerElement>& subject, std::span<const std::string_view> names) {
  if (!subject.has_value()) {
    return false;
  }
  std::size_t named = 0;
  DerReader sets(subject->content);
  while (const auto set = sets.next()) {
    DerReader attributes(set->content);
    while (const auto attribute = attributes.next()) {
      DerReader pair(attribute->content);
      if (!is_object(pair.next(), common_name)) {
        continue;
      }
      const auto value = pair.next();
      if (!value.has_value() || std::ranges::find(names, text_of(value->content)) == names.end()) {
        return false;
      }
      ++named;
    }
  }
  return named == 1;
}

bool is_strong_rsa(const DerElement& key_info) {
  DerReader fields(key_info.content);
  const auto algorithm = fields.expect(der_sequence);
  const auto bits = fields.expect(der_bit_string);
  if (!algorithm.has_value() || !bits.has_value() || bits->content.empty() ||
      bits->content.front() != std::byte{}) {
    return false;
  }
  DerReader algorithm_fields(algorithm->content);
  if (!is_object(algorithm_fields.next(), rsa_encryption)) {
    return false;
  }
  DerReader outer(bits->content.subspan(1));
  const auto key = outer.expect(der_sequence);
  if (!key.has_value()) {
    return false;
  }
  DerReader numbers(key->content);
  const auto modulus = numbers.next();
  const auto magnitude = modulus.has_value() ? unsigned_integer(*modulus) : std::nullopt;
  return magnitude.has_value() && magnitude->size() >= rsa_modulus_bytes_min &&
         key_info.whole.size() <= key_info_bytes_max;
}

}  // namespace

bool is_trusted_key_url(const KeyFetch& fetch, std::string_view text) {
  const auto url = http::parse_url(text);
  return url.has_value() && url->scheme == "https" && url->user.empty() && url->port.empty() &&
         std::ranges::find(fetch.hosts, url->host) != fetch.hosts.end() && !text.contains('?') &&
         std::ranges::all_of(url->path, is_path_character) && !url->path.contains(".."sv) &&
         !url->path.contains("//"sv) && url->path.starts_with(fetch.path_prefix) &&
         url->path.size() > fetch.path_prefix.size();
}

std::optional<Bytes> public_key_of(const KeyFetch& fetch, Bytes pem, std::int64_t now_seconds,
                                   Arena& arena) {
  const auto certificate = first_certificate(text_of(pem), arena);
  if (!certificate.has_value()) {
    return std::nullopt;
  }
  DerReader outer(*certificate);
  const auto sequence = outer.expect(der_sequence);
  if (!sequence.has_value() || !outer.is_at_end()) {
    return std::nullopt;
  }
  DerReader signed_part(sequence->content);
  const auto body = signed_part.expect(der_sequence);
  if (!body.has_value()) {
    return std::nullopt;
  }
  DerReader fields(body->content);
  auto field = fields.next();
  if (field.has_value() && field->tag == der_context_0) {
    field = fields.next();  // The serial number, behind the version.
  }
  const auto algorithm = fields.next();
  const auto issuer = fields.next();
  const auto validity = fields.expect(der_sequence);
  const auto subject = fields.expect(der_sequence);
  const auto key_info = fields.expect(der_sequence);
  const bool is_usable = algorithm.has_value() && issuer.has_value() &&
                         is_valid_at(validity, now_seconds) && has_name(subject, fetch.names) &&
                         key_info.has_value() && is_strong_rsa(*key_info);
  return is_usable ? std::optional(key_info->whole) : std::nullopt;
}

}  // namespace postern::scheme
