#include "postern/scheme/claims.h"

#include <algorithm>
#include <array>

#include "postern/base/characters.h"
#include "postern/encoding/decimal.h"
#include "postern/encoding/rfc3339.h"
#include "postern/json/text.h"
#include "postern/scheme/decode_text.h"
#include "postern/scheme/locators.h"
#include "postern/scheme/signature_form.h"

namespace postern::scheme {
namespace {

bool part_reads_body(const Part& part) {
  switch (part.kind) {
    case PartKind::field:
    case PartKind::form_sorted:
    case PartKind::sha256_body:
    case PartKind::crc32_body:
    case PartKind::form_field:
    case PartKind::number:
    case PartKind::truth:
      return true;
    default:
      return false;
  }
}

bool applies(const SignatureRule& rule, const http::Delivery& delivery) {
  return fits(rule.format, delivery.body_form);
}

bool has_key(std::span<const Key> keys, std::size_t rule) {
  return std::ranges::any_of(keys, [&](const Key& key) { return key.rule == rule; });
}

/// Appends the candidates of one rule to `room` from `count` on; false when one is malformed.
bool read_candidates(const Scheme& scheme, std::uint8_t index, Reading& reading,
                     std::span<Candidate> room, std::size_t& count, Arena& arena) {
  const SignatureRule& rule = scheme.signatures[index];
  std::array<std::string_view, candidates_max> values;
  std::size_t found = 0;
  const std::span<std::string_view> room_for = std::span(values).first(candidates_of(rule));
  if (reading.values_at(rule.from, room_for, found) == Presence::malformed) {
    return false;
  }
  for (const std::string_view value : room_for.first(found)) {
    const auto decoded = decode_text(rule.encoding, value, arena);
    const auto bytes =
        decoded.has_value() ? well_formed_signature(rule.algorithm, *decoded, arena) : std::nullopt;
    if (!bytes.has_value() || count == room.size()) {
      return false;
    }
    room[count++] = {.rule = index, .bytes = *bytes};
  }
  return true;
}

std::optional<std::int64_t> decode_time(const TimestampRule& rule, const Located& located) {
  if (has_feature(Feature::time_text)) {
    switch (rule.unit) {
      case TimeUnit::rfc3339:
        return encoding::decode_rfc3339(located.text);
      case TimeUnit::iso_utc:
        return encoding::decode_iso_utc(located.text);
      case TimeUnit::http_date:
        return encoding::decode_http_date(located.text);
      default:
        break;
    }
  }
  const auto value = located.type == json::Type::number ? json::canonical_integer(located.text)
                                                        : encoding::decode_decimal(located.text);
  if (!value.has_value() || *value > static_cast<std::uint64_t>(INT64_MAX)) {
    return std::nullopt;
  }
  const bool is_milliseconds = rule.unit == TimeUnit::milliseconds ||
                               (rule.unit == TimeUnit::either && *value >= milliseconds_from);
  const std::uint64_t seconds = is_milliseconds ? *value / 1000 : *value;
  return static_cast<std::int64_t>(seconds);
}

/// An id is joined with other text and signed: it has none of the characters that what follows it
/// may begin with, so that no two deliveries have one signed text.
bool is_id(std::string_view text, const CharacterSet& alphabet) {
  return !text.empty() && text.size() <= id_bytes_max && alphabet.has_all(text);
}

}  // namespace

bool reads_body_first(const SignatureRule& rule) {
  return rule.format != BodyFormat::any || any_locator(rule, is_in_body) ||
         !rule.body_hash_query.empty() || !hosts_can_hash(rule.algorithm) ||
         std::ranges::any_of(rule.content, part_reads_body);
}

bool claims_body(const Scheme& scheme) {
  return is_in_body(scheme.timestamp.from) || is_in_body(scheme.id);
}

bool verifies_with(const Scheme& scheme, std::string_view name) {
  const auto is_it = [&](const Locator& locator) { return is_header(locator, name); };
  const auto part_reads = [&](const Part& part) {
    return part.kind == PartKind::header && part.text == name;
  };
  return is_it(scheme.timestamp.from) || is_it(scheme.id) ||
         std::ranges::any_of(scheme.signatures, [&](const SignatureRule& rule) {
           return any_locator(rule, is_it) || std::ranges::any_of(rule.content, part_reads);
         });
}

bool identifies_with(const Scheme& scheme, std::string_view name) {
  const auto is_it = [&](const Locator& locator) { return is_header(locator, name); };
  return std::ranges::any_of(scheme.events, [&](const EventRule& rule) {
    return any_locator(rule, is_it) || std::ranges::find(rule.hints, name) != rule.hints.end();
  });
}

bool reads_header(const Scheme& scheme, std::string_view name) {
  return verifies_with(scheme, name) || identifies_with(scheme, name) ||
         any_part(scheme.challenges,
                  [&](const Locator& locator) { return is_header(locator, name); });
}

bool carries_secret(const Scheme& scheme, std::string_view name) {
  return std::ranges::any_of(scheme.signatures, [&](const SignatureRule& rule) {
    return is_bearer(rule.algorithm) && is_header(rule.from, name);
  });
}

Result<Claims, Reason> read_claims(const Scheme& scheme, std::span<const Key> keys,
                                   Reading& reading, Arena& arena) {
  Claims claims;
  const std::span<Candidate> room = arena.make_room<Candidate>(candidates_max);
  std::size_t count = 0;
  bool is_well_formed = true;
  for (std::size_t i = 0; i < scheme.signatures.size() && is_well_formed; ++i) {
    if (has_key(keys, i) && applies(scheme.signatures[i], reading.delivery())) {
      is_well_formed =
          read_candidates(scheme, static_cast<std::uint8_t>(i), reading, room, count, arena);
    }
  }
  if (count == 0 && is_well_formed) {
    return refuse(Reason::missing_signature);
  }
  claims.candidates = room.first(count);
  // What is missing is told before what is malformed: it says more of what was sent.
  const bool has_time = scheme.timestamp.unit != TimeUnit::none;
  const bool has_id = scheme.id.place != Place::none;
  const Located time =
      has_feature(Feature::time_text) && scheme.timestamp.unit == TimeUnit::http_date
          ? reading.date_at(scheme.timestamp.from.name)
          : reading.value_at(scheme.timestamp.from);
  const Located id = reading.value_at(scheme.id);
  if (has_time && time.presence == Presence::absent) {
    return refuse(Reason::missing_timestamp);
  }
  if (has_id && id.presence == Presence::absent) {
    return refuse(Reason::missing_id);
  }
  if (!is_well_formed) {
    return refuse(Reason::malformed_signature);
  }
  if (has_time) {
    claims.timestamp = time.text;
    claims.signed_at =
        time.presence == Presence::one ? decode_time(scheme.timestamp, time) : std::nullopt;
    if (!claims.signed_at.has_value()) {
      return refuse(Reason::malformed_timestamp);
    }
  }
  if (has_id) {
    claims.id = id.text;
    if (id.presence == Presence::malformed || !is_id(id.text, scheme.id_alphabet)) {
      return refuse(Reason::malformed_id);
    }
  }
  return claims;
}

}  // namespace postern::scheme
