#include "postern/scheme/event.h"

#include <algorithm>

#include "postern/base/characters.h"
#include "postern/base/check.h"
#include "postern/base/wire.h"
#include "postern/crypto/sha2.h"
#include "postern/json/text.h"
#include "postern/scheme/locators.h"

namespace postern::scheme {
namespace {

/// Visible ASCII: what can stand in a header of the forward, and reads the same everywhere.
bool is_event_type(std::string_view text) {
  return text.size() <= event_type_bytes_max && consists_of(text, Characters::visible);
}

bool is_identity(std::string_view text) {
  return !text.empty() && text.size() <= identity_bytes_max &&
         std::ranges::none_of(text, [](char c) {
           const auto byte = static_cast<unsigned char>(c);
           return byte < 0x20 || byte == 0x7F;
         });
}

bool has_type(const Located& located, ValueType wanted) {
  if (wanted == ValueType::string) {
    return located.type == json::Type::string;
  }
  return located.type == json::Type::number && json::canonical_integer(located.text).has_value();
}

/// Hashes what is put in with its length before it, so that no two lists of parts are one text.
class KeyHash {
 public:
  void add(Bytes part) {
    std::array<std::byte, 4> room;
    Writer length(room);
    length.u32(static_cast<std::uint32_t>(part.size()));
    hash_.update(length.written());
    hash_.update(part);
  }
  void add_plain(std::string_view text) { hash_.update(bytes_of(text)); }
  EventKey finish() { return hash_.finish(); }

 private:
  crypto::Sha256 hash_;
};

/// Refuses a type that cannot be read; it is none, and the event says why for whoever needs it.
Result<std::string_view, Reason> read_type(const EventRule& rule, Reading& reading, Arena& arena) {
  const Located located = reading.value_at(rule.type);
  if (located.presence == Presence::absent) {
    return std::string_view{};
  }
  const std::array parts = {rule.type_prefix, located.text};
  const std::string_view type = arena.join(parts);
  if (located.presence == Presence::one && has_type(located, rule.type_value) &&
      !located.text.empty() && is_event_type(type)) {
    return type;
  }
  return refuse(reading.body_is_malformed() ? Reason::malformed_body
                                            : Reason::malformed_event_type);
}

Result<Bytes, Reason> identity_value(const IdentityPart& part, Reading& reading) {
  const Located located = reading.value_at(part.at);
  if (reading.body_is_malformed()) {
    return refuse(Reason::malformed_body);
  }
  if (located.presence == Presence::absent) {
    return refuse(Reason::missing_identity);
  }
  if (located.presence == Presence::malformed || !has_type(located, part.type) ||
      !is_identity(located.text)) {
    return refuse(Reason::malformed_identity);
  }
  return bytes_of(located.text);
}

bool contains(std::span<const std::string_view> list, std::string_view text) {
  return std::ranges::find(list, text) != list.end();
}

/// Whether a replay could give the event another type. One from the body cannot change where the
/// body is the identity.
bool type_is_a_hint(const EventRule& rule, std::span<const IdentityPart> identity) {
  const bool is_identity =
      is_in_body(rule.type) && std::ranges::any_of(identity, [](const IdentityPart& part) {
        return part.kind == IdentityKind::body;
      });
  return rule.type.place != Place::none && !rule.type_is_signed && !is_identity;
}

/// A header that is missing or cannot be read is a value like any other: what a hint says proves
/// nothing, so it refuses nothing.
EventHint read_hint(const EventRule& rule, const EventPolicy& policy, std::string_view type,
                    Reading& reading) {
  const SameContent choice =
      policy.same_content == SameContent::unsaid ? rule.same_content : policy.same_content;
  const auto headers =
      choice == SameContent::absorb ? std::span<const std::string_view>{} : rule.hints;
  const bool has_type = type_is_a_hint(rule, policy.identity);
  EventHint hint{};
  if (policy.identity.empty() || (headers.empty() && !has_type)) {
    return hint;
  }
  KeyHash hash;
  hash.add_plain("postern1.hint");
  hash.add(bytes_of(has_type && contains(policy.types, type) ? type : std::string_view{}));
  for (const std::string_view name : headers) {
    const Located located = reading.text_at(Place::header, name);
    const std::array presence = {static_cast<std::byte>(located.presence)};
    hash.add(presence);
    hash.add(bytes_of(located.text));
  }
  const EventKey digest = hash.finish();
  std::copy_n(digest.begin(), hint.size(), hint.begin());
  return hint;
}

IdentityDigest digest_of(std::span<const Piece> content) {
  return {.hash = contract::Hash::sha256, .key = contract::no_key, .content = content};
}

bool is_digest(const IdentityPart& part) {
  return part.kind == IdentityKind::signed_content || part.kind == IdentityKind::body;
}

}  // namespace

bool condition_holds(const Condition& condition, Reading& reading) {
  const Located located = reading.value_at(condition.at);
  const bool is_string = located.presence == Presence::one && located.type == json::Type::string;
  switch (condition.test) {
    case Condition::Test::present:
      return located.presence == Presence::one;
    case Condition::Test::absent:
      return located.presence == Presence::absent;
    case Condition::Test::equals:
      return is_string && located.text == condition.text;
    case Condition::Test::number:
      return located.type == json::Type::number && located.text == condition.text;
    case Condition::Test::digits:
      return is_string && !located.text.empty() && consists_of(located.text, Characters::digit);
    case Condition::Test::token:
      return is_string && !located.text.empty() &&
             located.text.size() <= challenge_text_bytes_max &&
             consists_of(located.text, Characters::token);
    case Condition::Test::parameter:
      return false;  // Of challenges alone, which know the source's parameters.
  }
  trap();
}

const EventRule* event_rule_of(const Scheme& scheme, Reading& reading) {
  for (const EventRule& rule : scheme.events) {
    if (!fits(rule.format, reading.delivery().body_form)) {
      continue;
    }
    for (const Condition& condition : rule.conditions) {
      reading.expect(condition.at);
    }
    reading.expect(rule.type);
    for (const IdentityPart& part : rule.identity) {
      reading.expect(part.at);
    }
    const bool holds = std::ranges::all_of(rule.conditions, [&](const Condition& condition) {
      return condition_holds(condition, reading);
    });
    if (reading.body_is_malformed()) {
      return nullptr;  // Nobody knows which rule is the one.
    }
    if (holds) {
      return &rule;
    }
  }
  return nullptr;
}

std::string_view sender_id_of(const Scheme& scheme, const EventRule& rule, Reading& reading) {
  const Located located = reading.value_at(rule.id.place == Place::none ? scheme.id : rule.id);
  const bool is_text = located.type == json::Type::string || located.type == json::Type::number;
  return located.presence == Presence::one && is_text && located.text.size() <= identity_bytes_max
             ? located.text
             : std::string_view{};
}

bool reads_body(const Scheme& scheme, std::span<const IdentityPart> identity) {
  const auto rule_reads = [](const EventRule& rule) {
    return rule.format != BodyFormat::any || any_locator(rule, is_in_body);
  };
  return any_locator(identity, is_in_body) || std::ranges::any_of(scheme.events, rule_reads);
}

bool has_hint(const EventFacts& event) { return event.hint != EventHint{}; }

EventKey copy_key_of(const EventKey& key, const EventHint& hint) {
  crypto::Sha256 hash;
  hash.update(bytes_of("postern1.copy"));
  hash.update(key);
  hash.update(hint);
  EventKey copy = hash.finish();
  copy[0] = key[0];
  return copy;
}

std::size_t digests_of(std::span<const IdentityPart> parts) {
  return static_cast<std::size_t>(std::ranges::count_if(parts, is_digest));
}

Result<std::span<const IdentityDigest>, Reason> plan_digests(std::span<const IdentityPart> parts,
                                                             const SignatureRule& rule,
                                                             const ContentInputs& inputs,
                                                             Bytes secret, Reading& reading,
                                                             Arena& arena) {
  const std::span<IdentityDigest> digests = arena.make_array<IdentityDigest>(parts.size());
  std::size_t count = 0;
  for (const IdentityPart& part : parts) {
    if (!is_digest(part)) {
      continue;
    }
    if (part.kind == IdentityKind::signed_content && !rule.content.empty()) {
      const auto content = compose_content(rule, inputs, reading, arena);
      if (!content.has_value()) {
        return refuse(content.error());
      }
      digests[count++] = digest_of(with_secret(*content, secret, arena));
    } else {
      const std::span<Piece> body = arena.make_array<Piece>(1);
      body[0] = {.kind = Piece::Kind::body, .bytes = {}};
      digests[count++] = digest_of(body);
    }
  }
  return digests.first(count);
}

Result<Event, Reason> read_event(const Authentic& authentic, const EventRule& rule,
                                 const EventPolicy& policy, std::span<const Bytes> digests,
                                 Reading& reading, Arena& arena, EventFacts& facts) {
  POSTERN_CHECK(&authentic.delivery() == &reading.delivery());
  Event event(facts);
  Reason& type_fault = event.type_fault_;
  const auto type = read_type(rule, reading, arena);
  facts.type = type.value_or(std::string_view{});
  type_fault = type.has_value() ? Reason::none : type.error();
  if (!policy.allow_events.empty()) {
    if (type_fault != Reason::none) {
      return refuse(type_fault);
    }
    if (!contains(policy.allow_events, facts.type)) {
      return refuse(Reason::event_not_allowed);
    }
  }
  const auto parts = policy.identity;
  POSTERN_CHECK(parts.size() <= identity_parts_max);
  // A type that spoils the reading, such as one that comes twice, says nothing of the identity.
  Reading afresh(reading.delivery(), arena);
  Reading& identity_reading = type_fault == Reason::malformed_body ? afresh : reading;
  std::array<Bytes, identity_parts_max> values;
  std::size_t used = 0;
  std::size_t digest = 0;
  std::size_t bytes = 0;
  for (const IdentityPart& part : parts) {
    if (is_digest(part)) {
      POSTERN_CHECK(digest < digests.size());
      values[used++] = digests[digest++];
    } else {
      const auto value = identity_value(part, identity_reading);
      if (!value.has_value()) {
        return refuse(value.error());
      }
      values[used++] = *value;
    }
    bytes += 4 + values[used - 1].size();
  }
  KeyHash hash;
  hash.add_plain(used == 0 ? "postern1.each" : "postern1");
  hash.add(bytes_of(policy.source));
  if (!policy.tenant.empty()) {
    hash.add(bytes_of(policy.tenant));  // A part more than other keys have, and so none of them.
  }
  if (used <= 1) {
    hash.add(used == 0 ? policy.token : values[0]);
  } else {
    const MutableBytes room = arena.make_bytes(bytes);
    Writer identity(room);
    for (const Bytes value : std::span(values).first(used)) {
      identity.bytes32(value);
    }
    hash.add(identity.written());
  }
  facts.key = hash.finish();
  facts.hint = read_hint(rule, policy, facts.type, reading);
  return event;
}

}  // namespace postern::scheme
