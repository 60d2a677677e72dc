#include "postern/scheme/certificate.h"

#include <algorithm>
#include <array>

#include "postern/base/characters.h"
#include "postern/encoding/base64.h"
#include "postern/encoding/rfc3339.h"
#include "postern/http/url.h"
#include "postern/scheme/der.h"
#include "postern/scheme/sound_key.h"

namespace postern::scheme {
namespace {

using namespace std::string_view_literals;

constexpr std::uint8_t der_context_0 = 0xA0;

/// The object identifier commonName (X.520), encoded.
constexpr std::array<std::uint8_t, 3> common_name = {0x55, 0x04, 0x03};

/// Whether the next element is the object identifier `id`.
bool next_is_object(DerReader& reader, std::span<const std::uint8_t> id) {
  return reader.expect(der_object_id) &&
         std::ranges::equal(reader.content(), id, [](std::byte a, std::uint8_t b) {
           return std::to_integer<int>(a) == b;
         });
}

std::optional<Bytes> first_certificate(std::string_view pem, Arena& arena) {
  constexpr std::string_view begin = "-----BEGIN CERTIFICATE-----";
  const std::size_t from = pem.find(begin);
  if (from == pem.npos) {
    return std::nullopt;
  }
  const std::string_view rest = pem.substr(from + begin.size());
  return encoding::decode_base64_lines(rest.substr(0, rest.find("-----END CERTIFICATE-----"sv)),
                                       arena);
}

/// Reads a UTCTime or a GeneralizedTime. Source: RFC 5280, section 4.1.2.5.
std::optional<std::int64_t> next_time(DerReader& reader) {
  reader.next();
  const std::string_view text = text_of(reader.content());
  if (reader.tag() == der_utc_time) {
    return encoding::decode_utc(text, "001122334455Z", text < "5" ? 20 : 19);
  }
  return reader.tag() == der_generalized_time ? encoding::decode_utc(text, "00001122334455Z", 0)
                                              : std::nullopt;
}

bool is_valid_at(DerReader validity, std::int64_t now_seconds) {
  const auto from = next_time(validity);
  const auto until = next_time(validity);
  return from.has_value() && until.has_value() && *from <= now_seconds && now_seconds <= *until;
}

bool has_name(DerReader subject, std::span<const std::string_view> names) {
  std::size_t named = 0;
  while (subject.next()) {
    DerReader attributes(subject.content());
    while (attributes.next()) {
      DerReader pair(attributes.content());
      if (!next_is_object(pair, common_name)) {
        continue;
      }
      if (!pair.next() || std::ranges::find(names, text_of(pair.content())) == names.end()) {
        return false;
      }
      ++named;
    }
  }
  return named == 1;
}

}  // namespace

bool is_trusted_key_url(const KeyFetch& fetch, std::string_view text) {
  const auto url = http::parse_url(text);
  return url.has_value() && url->scheme == "https" && url->user.empty() && url->port.empty() &&
         std::ranges::find(fetch.hosts, url->host) != fetch.hosts.end() && !text.contains('?') &&
         consists_of(url->path, Characters::path) && !url->path.contains("/."sv) &&
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
  DerReader signed_part = outer.enter(der_sequence);
  DerReader fields = signed_part.enter(der_sequence);
  fields.next();
  if (fields.tag() == der_context_0) {
    fields.next();  // The serial number, behind the version.
  }
  fields.next();  // The algorithm.
  fields.next();  // The issuer.
  const DerReader validity = fields.enter(der_sequence);
  const DerReader subject = fields.enter(der_sequence);
  fields.expect(der_sequence);
  const bool is_usable =
      outer.is_at_end() && is_valid_at(validity, now_seconds) && has_name(subject, fetch.names) &&
      !public_key_fault(Algorithm::rsa_pkcs1_sha256, KeyForm::spki, fields.whole()).has_value();
  return is_usable ? std::optional(fields.whole()) : std::nullopt;
}

}  // namespace postern::scheme
